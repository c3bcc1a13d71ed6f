import { afterAll, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { type FleetRun, fleet } from "../cli/fleet-run.ts";
import { waitingStack, waits } from "./waiting-stack.ts";

/** VM 102 from `up` to the restart that makes it true, and the plan of the way back. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open({ stackFile: waitingStack() });
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

function run(...argv: string[]): Promise<FleetRun> {
  return fleet(argv, { cwd: sandbox.dir, env: sandbox.connection });
}

async function process(): Promise<{ pid: number; controller: string; drives: Record<string, unknown> }> {
  return (await sandbox.control.vm(102)).running as Awaited<ReturnType<typeof process>>;
}

test("after up the caps are live, and everything cold waits", async () => {
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  const { pending, running } = await sandbox.control.vm(102);
  expect(Object.keys(pending).sort()).toEqual(["scsi0", "scsihw"]);
  expect(running).toMatchObject({ controller: "lsi", drives: { scsi0: { throttle: { mbps_wr: 80 } } } });
  const { code, stdout } = await run("restart", "devvm", "--dry-run");
  expect(code).toBe(0);
  for (const wait of waits) expect(stdout).toContain(`  ${wait}\n`);
  const status = await run("status", "devvm");
  expect([status.code, status.stdout.match(/^ {2}waiting /gm)?.length]).toEqual([2, waits.length]);
});

test("a reboot from inside the guest changes nothing of that", async () => {
  const before = await process();
  const planned = await run("restart", "devvm", "--dry-run");
  await sandbox.control.act(102, "guest-reboot");
  expect(await process()).toEqual(before);
  expect(await run("restart", "devvm", "--dry-run")).toEqual(planned);
});

test("fleet restart makes it true, nothing waits any more, and fleet status is clean", async () => {
  const before = await process();
  const { code, stdout, stderr } = await run("restart", "devvm", "--yes");
  expect(code, stderr).toBe(0);
  for (const wait of waits) expect(stdout.split("true now:")[1]).toContain(`  ${wait}\n`);
  const after = await process();
  expect(after.pid).not.toBe(before.pid);
  expect(after).toMatchObject({
    controller: "virtio-scsi-single",
    drives: { scsi0: { iothread: true, options: { aio: "threads" }, throttle: { mbps_wr: 80 } } },
  });
  expect((await sandbox.control.vm(102)).pending).toEqual({});
  expect((await run("restart", "devvm", "--dry-run")).stdout).toContain("devvm (102): nothing waits;");
  const status = await run("status", "devvm");
  expect(status.code, status.stdout).toBe(0);
});

test("the drift check is clean, and a further up writes nothing", async () => {
  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code, check.output).toBe(0);
  await sandbox.control.forget();
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
  expect(up.code, up.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
  expect((await sandbox.pulumi(["stack", "output", "waiting", "--json"])).stdout.trim()).toBe("{}");
});

test("a rollback plans the old values, and once written they are drift that up would take back", async () => {
  const dry = await run("rollback", "devvm", "--dry-run");
  expect(dry.stdout).toContain(
    "  options.scsihw: virtio-scsi-single => (absent)  [cold: waits for a stop and start]\n",
  );
  expect(dry.stdout).toContain("  vms.devvm.controller: declares virtio-scsi-single, saved was absent\n");
  expect(await sandbox.control.writes()).toEqual([]);
  expect((await run("rollback", "devvm", "--yes")).code).toBe(0);
  const drift = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(drift.code).not.toBe(0);
  expect(drift.output).toContain("options.scsihw: (absent) => virtio-scsi-single");
});
