import { execFileSync } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sandbox, type StartedRun } from "../../demo/sandbox.ts";
import { withFleet } from "./fleet-file.ts";

const up = ["up", "--yes", "--skip-preview"];
const cap = "vms.k8s-node2.drives.scsi0.caps.writeMiBps";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await Sandbox.open();
  const first = await sandbox.pulumi(up);
  expect(first.code, first.output).toBe(0);
  sandbox.writeStack(withFleet(sandbox.readStack(), [[cap, 130]]));
  await sandbox.control.forget();
});
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

/** Every process that descends from this one. */
function descendants(pid: number | undefined): { pid: number; command: string }[] {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const processes = rows.map((row) => {
    const [, id, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return { pid: Number(id), parent: Number(parent), command };
  });
  const below = (id: number | undefined): typeof processes =>
    processes.filter(({ parent }) => parent === id).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** An `up` whose write of the cap has been sent and is not answered yet. */
async function upInTheMiddleOfItsWrite(): Promise<StartedRun> {
  const run = sandbox.start(up);
  await vi.waitFor(
    async () => expect((await sandbox.control.requests()).map(({ method }) => method)).toContain("PUT"),
    { timeout: 60_000, interval: 50 },
  );
  return run;
}

async function capIs(mbps: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await sandbox.control.vm(202)).config.scsi0).toContain(`mbps_wr=${mbps},`),
    { timeout: 10_000 },
  );
}

async function nextUpConverges(): Promise<void> {
  const next = await sandbox.pulumi(up);
  expect(next.code, next.output).toBe(0);
  await capIs(130);
  await sandbox.control.forget();
  const second = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(second.code, second.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
}

async function holdTheWrite(): Promise<void> {
  await sandbox.control.fault({ method: "PUT", path: "/**", action: "delay", milliseconds: 2_000, times: 1 });
}

test("the engine is killed in the middle of a write that takes effect later: nothing of it stays, cancel and up converge", async () => {
  await holdTheWrite();
  const run = await upInTheMiddleOfItsWrite();
  const pids = descendants(run.process.pid).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  run.process.kill("SIGKILL");
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 15_000 });
  await capIs(130);
  const locked = await sandbox.pulumi(up);
  expect(locked.code).not.toBe(0);
  expect(locked.output).toContain("pulumi cancel");
  const cancelled = await sandbox.pulumi(["cancel", "--yes"]);
  expect(cancelled.code, cancelled.output).toBe(0);
  await nextUpConverges();
});

test("the provider is killed in the middle of a write: the engine says so, and the next up converges", async () => {
  await holdTheWrite();
  const run = await upInTheMiddleOfItsWrite();
  const provider = descendants(run.process.pid).find(({ command }) => command.includes("provider/main.ts"));
  if (provider === undefined) throw new Error("no provider below the engine");
  process.kill(provider.pid, "SIGKILL");
  const ended = await run.ended;
  expect(ended.code).not.toBe(0);
  expect(ended.output).toContain("VmConfig (k8s-node2):\n    error:");
  await nextUpConverges();
});

test("the state cannot be written any more in the middle of an up: the engine says so, and the next up converges", async () => {
  await holdTheWrite();
  const run = await upInTheMiddleOfItsWrite();
  // A file where the engine expects its folder: what a full disk does, also to root.
  const stacks = join(sandbox.dir, "state/.pulumi/stacks");
  renameSync(stacks, `${stacks}.away`);
  writeFileSync(stacks, "");
  const ended = await run.ended;
  rmSync(stacks);
  renameSync(`${stacks}.away`, stacks);
  expect(ended.code).not.toBe(0);
  expect(ended.output).toMatch(/failed to save snapshot|saving stack|not a directory/);
  await capIs(130);
  await nextUpConverges();
});
