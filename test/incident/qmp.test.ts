import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { blockstatOf, movementsOf } from "../../incident/autopsy/block-statistics.ts";
import { thisMachine } from "../../incident/autopsy/host.ts";
import { withQmp } from "../../incident/autopsy/qmp.ts";
import { qmpSteps } from "../../incident/autopsy/qmp-steps.ts";
import { runStep } from "../../incident/autopsy/step.ts";

let folder: string;
let path: string;
let server: Server | undefined;
const sockets = new Set<Socket>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-qmp-"));
  path = join(folder, "102.qmp");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  const open = server;
  if (open !== undefined) await new Promise((resolve) => open.close(resolve));
  server = undefined;
  rmSync(folder, { recursive: true });
});

const greeting = `${JSON.stringify({ QMP: { version: {}, capabilities: [] } })}\r\n`;

/** A monitor that answers each command with what `answer` says; undefined is no answer. */
async function monitor(answer: (command: string) => unknown, greet = true): Promise<{ open: number }> {
  const seen = { open: 0 };
  server = createServer((socket) => {
    sockets.add(socket);
    seen.open += 1;
    socket.on("close", () => {
      seen.open -= 1;
    });
    socket.on("error", () => undefined);
    if (greet) socket.write(greeting);
    socket.setEncoding("utf8").on("data", (text: string) => {
      const { execute } = JSON.parse(text) as { execute: string };
      const said = execute === "qmp_capabilities" ? { return: {} } : answer(execute);
      if (said === undefined) return;
      // An event in between, and the answer in two parts.
      const line = `${JSON.stringify({ event: "RTC_CHANGE" })}\r\n${JSON.stringify(said)}\r\n`;
      socket.write(line.slice(0, 12));
      socket.write(line.slice(12));
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return seen;
}

const never = new AbortController().signal;
const stepsHere = () =>
  qmpSteps({ host: thisMachine, path, now: () => new Date(), sampleGap: 0, sleep: async () => undefined });
const connect = (socket: string) => thisMachine.connect(socket);

test("answers come back whatever events and pieces they come in", async () => {
  await monitor(() => ({ return: { status: "running" } }));
  expect(await withQmp(path, connect, never, (command) => command("query-status"))).toEqual({
    status: "running",
  });
});

test("the socket is let go afterwards, whatever happened", async () => {
  const seen = await monitor((command) =>
    command === "bad" ? { error: { desc: "no such thing" } } : { return: [] },
  );
  await withQmp(path, connect, never, (command) => command("query-block"));
  await expect(withQmp(path, connect, never, (command) => command("bad"))).rejects.toThrow(
    "bad: no such thing",
  );
  await expect.poll(() => seen.open).toBe(0);
});

test("a socket that another client holds is said to be busy, and the other steps do not wait for it again", async () => {
  const seen = await monitor(() => undefined, false);
  const steps = stepsHere();
  const results = [];
  for (const step of steps) results.push(await runStep(step, never));
  const busy = `${path}: does not greet within 3 s: another client holds the socket, or QEMU's main loop stands still`;
  expect(results).toEqual([
    { outcome: "failed", reason: busy },
    ...Array.from({ length: 6 }, () => ({ outcome: "failed", reason: `not tried again: ${busy}` })),
  ]);
  await expect.poll(() => seen.open).toBe(0);
});

test("a command that hangs is given up, and the next ones are asked", async () => {
  await monitor((command) => (command === "query-block" ? undefined : { return: [] }));
  const steps = stepsHere();
  const quick = steps.map((step) => ({ ...step, seconds: 0.2 }));
  const outcomes: string[] = [];
  for (const step of quick) outcomes.push(`${step.name}: ${(await runStep(step, never)).outcome}`);
  expect(outcomes).toEqual([
    "QMP query-status: captured",
    "QMP query-block: timed out",
    "QMP query-blockstats: captured",
    // It asks for query-block first.
    "QMP throttle state: timed out",
    "QMP query-iothreads: captured",
    "QMP query-block-jobs: captured",
    "QMP block statistics, twice: captured",
  ]);
});

test("no socket, and one whose QEMU is gone, say what that means", async () => {
  const ask = () => withQmp(path, connect, never, (command) => command("query-status"));
  await expect(ask()).rejects.toThrow(
    `${path}: there is no such socket: QEMU does not run here, or its socket is elsewhere (--qmp PATH)`,
  );
});

test("counters are by slot, as Proxmox names it: by device, by id, by virtio's path", () => {
  const stats = { wr_operations: 1 };
  const answer = [
    { device: "drive-scsi0", stats },
    { device: "", qdev: "scsi1", stats },
    { device: "", qdev: "/machine/peripheral/virtio2/virtio-backend", stats },
    { device: "", stats },
  ];
  expect(Object.keys(blockstatOf(answer))).toEqual(["scsi0", "scsi1", "virtio2"]);
});

test("a drive moves, stands still, or was never written to", () => {
  const still = { wr_operations: 7, wr_bytes: 9, rd_operations: 1, rd_bytes: 1 };
  const first = { scsi0: still, scsi1: still, ide2: { wr_operations: 0 } };
  const second = { scsi0: still, scsi1: { ...still, rd_bytes: 2 }, ide2: { wr_operations: 0 } };
  expect(movementsOf(first, second)).toEqual({ scsi0: "stands still", scsi1: "moves", ide2: "idle" });
});
