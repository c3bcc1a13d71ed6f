import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ListenReport } from "../../cli/listen/report.ts";
import { sourceRate } from "../../incident/listener/intake.ts";
import { memoryBoundMiB } from "../../incident/listener/systemd-unit.ts";
import { checkout } from "./fleet-run.ts";

const stackFile = `config:
  proxmox-fleet:fleet:
    forensics:
      listener: { address: 127.0.0.1, sources: { devvm: 127.0.0.2, web: 127.0.0.3, flood: 127.0.0.4 } }
    vms: { devvm: { vmid: 102 }, web: { vmid: 103 }, flood: { vmid: 104 } }
`;

let folder: string;
let listener: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "listen-"));
  writeFileSync(join(folder, "Pulumi.prod.yaml"), stackFile);
});
afterEach(() => {
  listener.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** A listener in a process of its own, as the unit starts it; its port, once it listens. */
async function start(): Promise<{ port: number; ended: Promise<ListenReport> }> {
  const heap = `--max-old-space-size=${Math.floor(memoryBoundMiB / 3)}`;
  const program = [heap, join(checkout, "cli/main.ts"), "listen", "--listen", "127.0.0.1:0"];
  listener = spawn(process.execPath, [...program, "--logs", "logs", "--json"], { cwd: folder });
  const texts = { stdout: "", stderr: "" };
  const ended = once(listener, "close").then(([code]) => {
    expect([code, texts.stderr]).toEqual([0, expect.stringContaining("logs in")]);
    return JSON.parse(texts.stdout) as ListenReport;
  });
  listener.stdout?.on("data", (chunk) => {
    texts.stdout += chunk;
  });
  const port = await new Promise<number>((resolve) => {
    listener.stderr?.on("data", (chunk) => {
      texts.stderr += chunk;
      const listening = /on 127\.0\.0\.1:(\d+)\/udp/.exec(texts.stderr);
      if (listening !== null) resolve(Number(listening[1]));
    });
  });
  return { port, ended };
}

/** The most memory that the listener's process had so far, in MiB. */
function memoryMiB(): number {
  const status = readFileSync(`/proc/${listener.pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** What a guest, or somebody else, may send: records, plain lines, garbage, oversize, nothing. */
function datagram(index: number): Uint8Array {
  switch (index % 10) {
    case 0:
      return Uint8Array.from({ length: 200 }, (_, at) => (index * 31 + at * 17) & 0xff);
    case 1:
      return Buffer.from(`plain ${index}\n`);
    case 2:
      return index % 100 === 2 ? Buffer.alloc(60_000, "x") : Buffer.alloc(0);
    default:
      return Buffer.from(`6,${index},${index * 1000},-;record ${index}\n`);
  }
}

/** The address of each of twenty datagrams in turn; the last three are nobody's. */
const senders = Object.entries({ "127.0.0.2": 4, "127.0.0.3": 3, "127.0.0.4": 10, "127.0.0.9": 3 }).flatMap(
  ([address, times]) => Array.from({ length: times }, () => address),
);

/** Bytes that wait in the kernel for the listener. */
function waitingBytes(port: number): number {
  const local = `0100007F:${port.toString(16).padStart(4, "0").toUpperCase()}`;
  const rows = readFileSync("/proc/net/udp", "utf8").split("\n");
  const columns = rows.map((row) => row.trim().split(/\s+/)).find((row) => row[1] === local);
  return Number.parseInt(columns?.[4]?.split(":")[1] ?? "", 16);
}

/** Sends so many, a hundred at a time; the next hundred `when` the promise says so. */
async function send(count: number, port: number, when: () => Promise<void>): Promise<void> {
  const sockets = new Map(senders.map((address) => [address, createSocket("udp4")]));
  for (const [address, socket] of sockets) {
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  }
  for (let first = 0; first < count; first += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) => {
        const socket = sockets.get(senders[at % senders.length] ?? "");
        return new Promise<void>((resolve, reject) => {
          const sent = (error: Error | null) => (error ? reject(error) : resolve());
          socket?.send(datagram(first + at), port, "127.0.0.1", sent);
        });
      }),
    );
    await when();
  }
  for (const socket of sockets.values()) socket.close();
}

/** Lines that are the listener's own. */
const isNote = (line: string) => / -- (records missing|messages left out): \d+ \(.*\) --$/.test(line);

const onLinux = process.platform === "linux";
const skipped = onLinux ? "" : " (skipped: needs /proc/net/udp)";

test.skipIf(!onLinux)(
  `100,000 datagrams with garbage and oversize: none is lost that the kernel delivered, and memory stays inside its bound${skipped}`,
  { timeout: 120_000 },
  async () => {
    const { port, ended } = await start();
    await send(100_000, port, async () => {
      while (waitingBytes(port) > 0) await nextTurn();
    });
    const highest = memoryMiB();
    listener.kill("SIGTERM");
    const { total, droppedByKernel, sources } = await ended;

    expect(total.received + (droppedByKernel ?? Number.NaN)).toBe(100_000);
    expect(total.cut).toBeGreaterThan(0);
    const { burst } = sourceRate;
    for (const [name, counts] of Object.entries(sources)) {
      expect(counts.written + counts.overRate).toBe(counts.received);
      expect(counts.notWritten).toBe(0);
      if (name === "flood") expect(counts.written).toBeGreaterThanOrEqual(Math.min(burst, counts.received));
      else expect(counts.overRate).toBe(0);
    }
    expect(readdirSync(join(folder, "logs")).toSorted()).toEqual([
      "_unknown.log",
      "devvm.log",
      "flood.log",
      "web.log",
    ]);
    for (const [name, { written }] of Object.entries(sources)) {
      const file = join(folder, "logs", name === "(unknown)" ? "_unknown.log" : `${name}.log`);
      const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
      expect(lines.filter((line) => !isNote(line)).length).toBe(written);
      expect(lines.filter((line) => /\p{Cc}/u.test(line) || line.length > 6 * 2048 + 100)).toEqual([]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    expect(highest).toBeLessThan(memoryBoundMiB);
  },
);

test.skipIf(!onLinux)(
  `what the kernel drops while the listener cannot keep up is counted to the last datagram${skipped}`,
  { timeout: 120_000 },
  async () => {
    const { port, ended } = await start();
    listener.kill("SIGSTOP");
    await send(20_000, port, async () => {});
    listener.kill("SIGCONT");
    listener.kill("SIGTERM");
    const { total, droppedByKernel } = await ended;
    expect(droppedByKernel).toBeGreaterThan(0);
    expect(total.received).toBeGreaterThan(0);
    expect(total.received + (droppedByKernel ?? 0)).toBe(20_000);
  },
);
