import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { documented, follow } from "./documented.ts";
import { rewriteStack, stackOf } from "./fleet-file.ts";

/** What docs/lifecycle.md says of VMs that were there before; one stack, from one test to the next. */

const up = ["up", "--yes", "--skip-preview"];
const node2 = {
  vmid: 202,
  cloudInit: { nameservers: ["192.0.2.53"] },
  drives: { scsi0: { aio: "threads" } },
};
const waits = [
  "drives.scsi0.aio: (absent) => threads",
  "options.nameserver: (absent) => 192.0.2.53  [in the config, not yet in QEMU]",
];

let dir: string;
let sandbox: Sandbox;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "fleet-lifecycle-"));
  const incident = readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8");
  const estate = JSON.parse(incident) as { nodes: { name: string }[] };
  const seed = join(dir, "seed.json");
  writeFileSync(
    seed,
    JSON.stringify({ ...estate, nodes: [...estate.nodes, { ...estate.nodes[0], name: "pve2" }] }),
  );
  sandbox = await Sandbox.open({ seed, stackFile: stackOf({ node2 }) });
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

/** What was written since the last look: method, path, and the keys without the digest. */
async function written(): Promise<unknown[]> {
  const writes = await sandbox.control.writes();
  await sandbox.control.forget();
  return writes.map(({ method, path, body: { digest, ...keys } = {} }) => [
    `${method} ${path}`,
    Object.keys(keys),
  ]);
}

async function waiting(): Promise<unknown> {
  return JSON.parse((await sandbox.pulumi(["stack", "output", "waiting", "--json"])).stdout);
}

test("up ends with what waits and the command for it, and the outputs carry the same", async () => {
  const [preview, run, outputs] = documented("What waits, at the end of up");
  await follow(sandbox, preview);
  expect(await written()).toEqual([]);
  await follow(sandbox, run);
  expect(await written()).toEqual([["PUT /nodes/pve/qemu/202/config", ["nameserver", "scsi0"]]]);
  await follow(sandbox, outputs);
});

test("what no API shows is kept through a guest's reboot, the drift check stays clean, a second up writes nothing", async () => {
  await sandbox.control.act(202, "guest-reboot");
  const [check] = documented("What waits and no API shows");
  await follow(sandbox, check);
  const again = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(again.code, again.output).toBe(0);
  expect(await waiting()).toEqual({ node2: waits });
  expect(await written()).toEqual([]);
});

test("a renamed entry with its former key keeps its state and what waits, and writes nothing", async () => {
  rewriteStack(sandbox, { worker2: { ...node2, formerKeys: ["node2"] } });
  const [rename] = documented("Renaming an entry");
  await follow(sandbox, rename);
  expect(await waiting()).toEqual({ worker2: waits });

  rewriteStack(sandbox, { worker2: node2 });
  const later = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(later.code, later.output).toBe(0);
  expect(await waiting()).toEqual({ worker2: waits });
  expect(await written()).toEqual([]);
});

test("after a stop and start nothing waits any more", async () => {
  await sandbox.request("POST", "/nodes/pve/qemu/202/status/stop");
  await sandbox.request("POST", "/nodes/pve/qemu/202/status/start");
  await sandbox.control.forget();
  const run = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(run.code, run.output).toBe(0);
  expect(run.output).not.toContain("warning");
  expect(await waiting()).toEqual({});
  expect(await written()).toEqual([]);
});

test("another vmid gives the one VM up and takes the other over, and says both before", async () => {
  const { cloudInit } = node2;
  rewriteStack(sandbox, { worker2: { vmid: 203, cloudInit } });
  const [preview, run] = documented("Another vmid in an entry");
  await follow(sandbox, preview);
  const before = await sandbox.control.vm(202);
  await follow(sandbox, run);
  expect(await written()).toEqual([["PUT /nodes/pve/qemu/203/config", ["nameserver"]]]);
  expect(await sandbox.control.vm(202)).toEqual(before);
});

test("refresh finds a VM that moved; one that is locked is said and not written; one that is gone leaves the state", async () => {
  const worker = { vmid: 203, onboot: true };
  const registry = { vmid: 220, cpu: { cores: 4 } };
  rewriteStack(sandbox, { worker, registry });
  expect((await sandbox.pulumi(up)).code).toBe(0);
  const [moved, locked, failed, gone, missing] = documented("Refresh: moved, locked, gone");
  await sandbox.control.act(203, "move", { node: "pve2" });
  await sandbox.control.forget();
  await follow(sandbox, moved);
  expect(await written()).toEqual([]);

  await sandbox.control.act(203, "edit", { lock: "backup" });
  rewriteStack(sandbox, { worker: { ...worker, onboot: false }, registry });
  await follow(sandbox, locked);
  await follow(sandbox, failed, 1);
  expect((await sandbox.control.vm(203)).config.onboot).toBe("1");

  await sandbox.control.act(203, "edit", { lock: null });
  await sandbox.control.act(220, "guest-poweroff");
  await sandbox.request("DELETE", "/nodes/pve/qemu/220");
  await sandbox.control.forget();
  await follow(sandbox, gone);
  await follow(sandbox, missing, 1);
  expect(await written()).toEqual([]);
});

test("an entry that is taken out gives the VM up and sends nothing", async () => {
  const before = await sandbox.control.vm(203);
  rewriteStack(sandbox, {});
  const [takenOut] = documented("Giving up an adopted VM");
  await follow(sandbox, takenOut);
  expect(await written()).toEqual([]);
  expect(await sandbox.control.vm(203)).toEqual(before);
});

test("a run whose second write fails keeps in the state what its first one left to a cold start", async () => {
  const path = "/nodes/pve/qemu/204/config";
  const node4 = {
    vmid: 204,
    cloudInit: { nameservers: ["192.0.2.53"] },
    drives: { scsi0: { aio: "threads", caps: { writeMiBps: 110 } } },
  };
  rewriteStack(sandbox, { node4 });
  await sandbox.control.hold("PUT", path);
  const { ended } = sandbox.start(up);
  const [first] = await sandbox.control.whenHeld();
  if (first === undefined) throw new Error("nothing was written");
  await sandbox.control.release(first);
  await sandbox.control.whenHeld();
  const refusal = { method: "PUT", path, action: "fail", status: 403, message: "no more", times: 1 };
  await sandbox.control.fault(refusal);
  await sandbox.control.endHolds();
  const failed = await ended;
  expect(failed.code, failed.output).toBe(1);
  expect(failed.output).toContain("not written:");

  const next = await sandbox.pulumi(up);
  expect(next.code, next.output).toBe(0);
  expect(await waiting()).toEqual({ node4: waits });
  expect((await sandbox.pulumi([...up, "--expect-no-changes"])).code).toBe(0);
  expect((await written()).length).toBe(3);
});

test("an import owns nothing, and declaring the VM afterwards writes nothing", async () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/lifecycle.md"), "utf8");
  writeFileSync(join(sandbox.dir, "import.json"), /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
  const [file, taken, short, left, ...mistakes] = documented("Importing");
  await sandbox.control.forget();
  await follow(sandbox, file);
  const { stdout } = await sandbox.pulumi(["stack", "export"]);
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { id?: string; inputs: unknown }[] };
  };
  expect(deployment.resources.find(({ id }) => id === "205")?.inputs).toEqual({
    vmid: 205,
    node: "pve",
    options: {},
    drives: {},
    nics: {},
    foreignSlots: [],
  });
  const vms = { node5: { vmid: 205, cpu: { cores: 8 } } };
  rewriteStack(sandbox, vms);
  await follow(sandbox, taken);
  await follow(sandbox, short);
  rewriteStack(sandbox, { ...vms, node4: { vmid: 204, cpu: { cores: 8 } } });
  await follow(sandbox, left);
  for (const mistake of mistakes) await follow(sandbox, mistake, 1);
  expect(mistakes).toHaveLength(3);
  expect(await written()).toEqual([]);
});
