import { afterAll, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { documented, follow } from "./documented.ts";
import { rewriteStack, stackOf } from "./fleet-file.ts";

/** What docs/lifecycle.md says of VMs that this program created; one stack, from one test to the next. */

const entryOf = (vmid: number) => ({
  vmid,
  create: { blank: { datastore: "local-lvm" } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  drives: { scsi0: { sizeGiB: 8 } },
});
const web = { ...entryOf(150), name: "web" };
const spare = entryOf(151);
const unprotected = (vm: typeof spare) => ({ ...vm, create: { ...vm.create, protect: false } });

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open({ stackFile: stackOf({ web, spare }) });
  const made = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(made.code, made.output).toBe(0);
  await sandbox.control.forget();
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

/** What was written since the last look. */
async function written(): Promise<string[]> {
  const writes = await sandbox.control.writes();
  await sandbox.control.forget();
  return writes.map(({ method, path }) => `${method} ${path}`);
}

test("a renamed entry is refused without its former key, and with it nothing is sent", async () => {
  const [refused, renamed] = documented("Renaming the entry of a created VM");
  rewriteStack(sandbox, { www: web, spare });
  await follow(sandbox, refused, 1);
  rewriteStack(sandbox, { www: { ...web, formerKeys: ["web"] }, spare });
  await follow(sandbox, renamed);
  expect(await written()).toEqual([]);
});

test("another vmid is refused, although that VM exists", async () => {
  const [refused] = documented("Another vmid for a created VM");
  rewriteStack(sandbox, { www: { ...web, vmid: 204 }, spare });
  await follow(sandbox, refused, 1);
  expect(await written()).toEqual([]);
});

test("protect: false, an up, then the entry taken out: exactly that VM is stopped and destroyed", async () => {
  const [freed, preview, destroyed] = documented("Destroying a created VM");
  rewriteStack(sandbox, { www: web, spare: unprotected(spare) });
  await follow(sandbox, freed);
  rewriteStack(sandbox, { www: web });
  await follow(sandbox, preview);
  expect(await written()).toEqual([]);
  await follow(sandbox, destroyed);
  expect(await written()).toEqual(["POST /nodes/pve/qemu/151/status/stop", "DELETE /nodes/pve/qemu/151"]);
});

test("both resources forgotten and the entry taken out: the VM runs on, owned by nobody, and nothing is sent", async () => {
  const before = await sandbox.control.vm(150);
  for (const step of documented("Keeping a created VM and owning it no longer")) {
    if (step.args[0] === "up") rewriteStack(sandbox, {});
    await follow(sandbox, step);
  }
  expect(await written()).toEqual([]);
  expect(await sandbox.control.vm(150)).toEqual(before);
  expect((await sandbox.pulumi(["stack"])).stdout).not.toContain("www");
});

test("a created VM that is gone is not made anew by an up, but by one with --refresh", async () => {
  const gone = entryOf(152);
  rewriteStack(sandbox, { gone });
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  await sandbox.request("POST", "/nodes/pve/qemu/152/status/stop");
  await sandbox.request("DELETE", "/nodes/pve/qemu/152");
  await sandbox.control.forget();
  const [failed, anew] = documented("A created VM that is gone");
  await follow(sandbox, failed, 1);
  expect(await written()).toEqual([]);
  await follow(sandbox, anew);
  expect(await written()).toEqual(["POST /nodes/pve/qemu", "POST /nodes/pve/qemu/152/status/start"]);
});
