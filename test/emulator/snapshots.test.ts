import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const SNAPS = "/nodes/pve/qemu/101/snapshot";
const seed = {
  ...SMALL_SEED,
  tokens: [
    { id: "s@pve!look", secret: "s", acl: { "/vms": ["VM.Audit"] } },
    { id: "s@pve!back", secret: "s", acl: { "/vms": ["VM.Snapshot.Rollback"] } },
  ],
};
const as = (name: string) => ({ headers: { authorization: `PVEAPIToken=s@pve!${name}=s` } });

test("a snapshot keeps the config as it was, and the VM's own config says which one it comes from", async () => {
  const pve = await startPve(seed);
  await pve.set(101, { description: "mine" });
  expect(await pve.task("POST", SNAPS, { snapname: "before", description: "a note" })).toBe("OK");
  expect(await pve.task("POST", SNAPS, { snapname: "after" })).toBe("OK");
  await pve.set(101, { cores: 2 });
  const { digest } = await pve.config(101);
  expect(await pve.list(SNAPS)).toEqual([
    { name: "before", snaptime: 1767268800, vmstate: 0, description: "a note" },
    { name: "after", snaptime: 1767268800, vmstate: 0, description: "", parent: "before" },
    { name: "current", digest, running: 0, description: "You are here!", parent: "after" },
  ]);
  expect(await pve.object(`${SNAPS}/before/config`)).toMatchObject({ cores: 4, description: "a note" });
  expect(await pve.config(101)).toMatchObject({ cores: 2, parent: "after", description: "mine" });
  const old = await pve.object("/nodes/pve/qemu/101/config?snapshot=after");
  expect(old).toMatchObject({ cores: 4, parent: "before" });
});

test("a roll back brings config and sizes back, ends the process, and loses what waited", async () => {
  const pve = await startPve(seed);
  const snapshots = "/nodes/pve/qemu/100/snapshot";
  await pve.set(100, { description: "kept" });
  await pve.control("POST", "/vms/100/edit", { vmgenid: "11111111-2222-4333-8444-555555555557" });
  const before = await pve.config(100);
  expect(await pve.task("POST", snapshots, { snapname: "before" })).toBe("OK");
  expect(await pve.task("PUT", "/nodes/pve/qemu/100/resize", { disk: "scsi1", size: "20G" })).toBe("OK");
  await pve.set(100, { name: "renamed", scsihw: "virtio-scsi-single", description: "newer" });
  await pve.set(100, { scsi5: "local-lvm:1" });
  expect((await pve.vm(100)).pending).toEqual({ scsihw: "virtio-scsi-single" });
  expect(await pve.task("POST", `${snapshots}/before/rollback`)).toBe("OK");
  const vm = await pve.vm(100);
  expect(vm).toMatchObject({ status: "stopped", pending: {} });
  expect(vm.config).toMatchObject({
    name: "vm100",
    description: "newer",
    parent: "before",
    scsi1: "local-lvm:vm-100-disk-1,size=10G",
    unused0: "local-lvm:vm-100-disk-3",
  });
  expect(vm.config.vmgenid).not.toBe(before.vmgenid);
  expect(await pve.object("/nodes/pve/storage/local-lvm/content/vm-100-disk-1")).toMatchObject({
    size: 10 * 1024 ** 3,
  });
});

test("a snapshot with memory keeps a volume for it, and the VM runs after the roll back; its end frees the volume", async () => {
  const pve = await startPve(seed);
  const snapshots = "/nodes/pve/qemu/100/snapshot";
  expect(await pve.task("POST", snapshots, { snapname: "live", vmstate: 1 })).toBe("OK");
  const state = "/nodes/pve/storage/local-lvm/content?vmid=100&content=images";
  const volids = async () => (await pve.list(state)).map(({ volid }) => volid);
  expect(await volids()).toContain("local-lvm:vm-100-state-live");
  expect((await pve.list(snapshots))[0]).toMatchObject({ vmstate: 1 });
  await pve.power(100, "stop");
  expect(await pve.task("POST", `${snapshots}/live/rollback`)).toBe("OK");
  expect((await pve.vm(100)).status).toBe("running");
  expect(Object.keys((await pve.vm(100)).config)).not.toContain("runningmachine");
  expect(await pve.task("DELETE", `${snapshots}/live`)).toBe("OK");
  expect(await volids()).not.toContain("local-lvm:vm-100-state-live");
});

test("a snapshot that goes is forgotten by those that came from it, and gives back what only it held", async () => {
  const pve = await startPve(seed);
  for (const snapname of ["one", "two"]) await pve.task("POST", SNAPS, { snapname });
  await pve.set(101, { delete: "scsi1" });
  expect((await pve.put(101, { delete: "unused0" })).message).toBe(
    "unable to delete 'local-lvm:vm-101-disk-1' - volume is still in use (snapshot?)\n",
  );
  await pve.control("POST", "/vms/101/edit", { unused0: null });
  expect(await pve.task("DELETE", `${SNAPS}/two`)).toBe("OK");
  const { config } = await pve.vm(101);
  expect(config.parent).toBe("one");
  expect(Object.entries(config).filter(([, value]) => value === "local-lvm:vm-101-disk-1")).toEqual([
    [expect.stringMatching(/^unused\d+$/), "local-lvm:vm-101-disk-1"],
  ]);
  expect(await pve.task("DELETE", `${SNAPS}/one`)).toBe("OK");
  expect((await pve.vm(101)).config.parent).toBeUndefined();
  expect(await pve.list(SNAPS)).toMatchObject([{ name: "current" }]);
});

test.each([
  ["POST", SNAPS, { snapname: "current" }, "unable to use snapshot name 'current' (reserved name)\n"],
  ["POST", SNAPS, { snapname: "Pending" }, "unable to use snapshot name 'pending' (reserved name)\n"],
  ["GET", `${SNAPS}/none/config`, undefined, "snapshot 'none' does not exist\n"],
] as const)("%s %s with %j is refused", async (method, path, form, message) => {
  const pve = await startPve(seed);
  expect(await pve.call(method, path, form && { form })).toMatchObject({ status: 500, message });
});

test.each([
  [{ snapname: "1st" }, "invalid format - invalid configuration ID '1st'\n"],
  [{ snapname: "a".repeat(41) }, "value may only be 40 characters long"],
])("a snapshot cannot be called %j", async (form, error) => {
  const pve = await startPve(seed);
  expect((await pve.call("POST", SNAPS, { form })).errors).toEqual({ snapname: error });
});

test("what stands against a snapshot fails its task", async () => {
  const pve = await startPve(seed);
  await pve.task("POST", SNAPS, { snapname: "one" });
  expect(await pve.task("POST", SNAPS, { snapname: "one" })).toBe("snapshot name 'one' already used");
  expect(await pve.task("POST", `${SNAPS}/two/rollback`)).toBe("snapshot 'two' does not exist");
  expect(await pve.task("DELETE", `${SNAPS}/two`)).toBe("snapshot 'two' does not exist");
  expect(await pve.task("POST", "/nodes/pve/qemu/900/snapshot", { snapname: "one" })).toBe(
    "you can't take a snapshot if it's a template",
  );
  await pve.set(101, { scsi6: "local:1,format=raw" });
  expect(await pve.task("POST", SNAPS, { snapname: "two" })).toBe("snapshot feature is not available");
  await pve.control("POST", "/vms/101/edit", { lock: "backup" });
  expect(await pve.task("POST", SNAPS, { snapname: "two" })).toBe("VM is locked (backup)");
  expect(await pve.task("POST", `${SNAPS}/one/rollback`)).toBe("VM is locked (backup)");
  expect(await pve.task("DELETE", `${SNAPS}/one`)).toBe("VM is locked (backup)");
});

test("a disk with snapshots is moved only if its source stays", async () => {
  const pve = await startPve(seed);
  await pve.task("POST", SNAPS, { snapname: "one" });
  const move = { disk: "scsi1", storage: "local", format: "qcow2" };
  const refused = await pve.call("POST", "/nodes/pve/qemu/101/move_disk", { form: { ...move, delete: 1 } });
  expect(refused.message).toBe("you can't move a disk with snapshots and delete the source\n");
  expect(await pve.task("POST", "/nodes/pve/qemu/101/move_disk", move)).toMatch(/^OK|^WARNINGS/);
});

test.each([
  ["GET", SNAPS, "back", "VM.Audit"],
  ["POST", SNAPS, "look", "VM.Snapshot"],
  ["DELETE", `${SNAPS}/a`, "back", "VM.Snapshot"],
  ["PUT", `${SNAPS}/a/config`, "back", "VM.Snapshot"],
  ["POST", `${SNAPS}/a/rollback`, "look", "VM.Snapshot|VM.Snapshot.Rollback"],
  ["POST", `${SNAPS}/a/rollback?start=1`, "back", "VM.PowerMgmt"],
])("%s %s is refused to a token of %s, which lacks %s", async (method, path, token, privilege) => {
  const pve = await startPve(seed);
  expect((await pve.call(method, path, as(token))).message).toBe(
    `Permission check failed (/vms/101, ${privilege})\n`,
  );
});

test("a snapshot's note can be changed", async () => {
  const pve = await startPve(seed);
  await pve.task("POST", SNAPS, { snapname: "one" });
  expect((await pve.call("PUT", `${SNAPS}/one/config`, { form: { description: "new" } })).status).toBe(200);
  expect(await pve.object(`${SNAPS}/one/config`)).toMatchObject({ description: "new" });
});
