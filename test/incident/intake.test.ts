import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BoundedLog, type WriteBytes } from "../../incident/listener/bounded-log.ts";
import { Intake, sourceRate } from "../../incident/listener/intake.ts";

const noon = Date.parse("2026-11-24T12:00:00Z");
const sources = new Map([
  ["192.0.2.20", "devvm"],
  ["192.0.2.21", "devvm"],
  ["192.0.2.30", "web"],
]);

let folder: string;
let nowMs: number;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "intake-"));
  nowMs = noon;
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

function intakeOf(write?: WriteBytes): Intake {
  return new Intake({
    sources,
    logOf: (key) =>
      new BoundedLog(
        join(folder, key === undefined ? "_unknown.log" : `${key}.log`),
        { fileBytes: 1024 ** 2, waitingBytes: 4096 },
        write,
      ),
    now: () => new Date(nowMs),
    say: (text) => said.push(text.replace(folder, "DIR")),
  });
}

const text = (name: string) => readFileSync(join(folder, name), "utf8");
const none = { received: 0, written: 0, overRate: 0, notWritten: 0, cut: 0 };

test("each VM has a log, by the address that it sends from, with the time in UTC", () => {
  const intake = intakeOf();
  intake.take(Buffer.from("6,1,5000000,-;one\n"), "192.0.2.20");
  intake.take(Buffer.from("plain\n"), "192.0.2.21");
  intake.take(Buffer.from("web\n"), "192.0.2.30");
  intake.flush(true);
  expect(text("devvm.log")).toBe(
    "2026-11-24T12:00:00.000Z [5.000000] <6> one\n2026-11-24T12:00:00.000Z plain\n",
  );
  expect(text("web.log")).toBe("2026-11-24T12:00:00.000Z web\n");
  expect(intake.counts()).toEqual({
    devvm: { ...none, received: 2, written: 2 },
    web: { ...none, received: 1, written: 1 },
    "(unknown)": none,
  });
});

test("all whose address is not known share one log, whatever they call themselves", () => {
  const intake = intakeOf();
  intake.take(Buffer.from("../devvm.log"), "192.0.2.99");
  intake.take(Buffer.from("6,9,0,-;hello"), "198.51.100.1");
  intake.flush(true);
  expect(readdirSync(folder)).toEqual(["_unknown.log"]);
  expect(text("_unknown.log")).toBe(
    "2026-11-24T12:00:00.000Z 192.0.2.99 ../devvm.log\n2026-11-24T12:00:00.000Z 198.51.100.1 [0.000000] <6> hello\n",
  );
});

test("a gap in a VM's records is said in its log, and is no datagram", () => {
  const intake = intakeOf();
  intake.take(Buffer.from("6,1,0,-;one"), "192.0.2.20");
  intake.take(Buffer.from("6,4,0,-;four"), "192.0.2.20");
  intake.flush(true);
  expect(text("devvm.log").split("\n")[1]).toBe(
    "2026-11-24T12:00:00.000Z -- records missing: 2 (lost, or below the log level that the guest sends) --",
  );
  expect(intake.counts().devvm).toEqual({ ...none, received: 2, written: 2 });
});

test("a VM that floods is bounded, said so, and takes nothing from the others", () => {
  const intake = intakeOf();
  for (let index = 0; index < sourceRate.burst + 300; index += 1) {
    intake.take(Buffer.from("flood"), "192.0.2.20");
  }
  intake.take(Buffer.from("calm"), "192.0.2.30");
  intake.flush();
  expect(text("devvm.log").split("\n").at(-2)).toBe(
    "2026-11-24T12:00:00.000Z -- messages left out: 300 (over 100/s) --",
  );
  intake.take(Buffer.from("flood"), "192.0.2.20");
  nowMs += 9_000;
  intake.flush();
  expect(text("devvm.log")).not.toContain("left out: 1 ");
  intake.flush(true);
  expect(text("devvm.log").split("\n").at(-2)).toBe(
    "2026-11-24T12:00:09.000Z -- messages left out: 1 (over 100/s) --",
  );
  const { burst } = sourceRate;
  expect(intake.counts()).toEqual({
    devvm: { ...none, received: burst + 301, written: burst, overRate: 301 },
    web: { ...none, received: 1, written: 1 },
    "(unknown)": none,
  });
});

test("a log that cannot be written is said once, counted, and said to be well again", () => {
  let full = true;
  const intake = intakeOf((_, bytes) => {
    if (full) throw new Error("ENOSPC: no space left on device, write");
    return bytes.length;
  });
  for (let round = 0; round < 3; round += 1) {
    intake.take(Buffer.from("lost"), "192.0.2.20");
    intake.flush();
  }
  full = false;
  intake.flush();
  intake.take(Buffer.from("kept"), "192.0.2.20");
  intake.flush(true);
  expect(said).toEqual([
    "DIR/devvm.log: cannot be written (ENOSPC: no space left on device, write); messages are counted and given up until it can",
    "DIR/devvm.log: can be written again",
  ]);
  expect(intake.counts().devvm).toEqual({ ...none, received: 4, written: 1, notWritten: 3 });
});
