import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const status = "/nodes/pve/qemu/100/status";

test("a suspended VM stands still in its process until it is resumed", async () => {
  const pve = await startPve(SMALL_SEED);
  const pid = (await pve.vm(100)).running?.pid;
  expect(await pve.power(100, "suspend")).toBe("OK");
  expect(await pve.object(`${status}/current`)).toMatchObject({ status: "running", qmpstatus: "paused" });
  expect((await pve.list("/nodes/pve/tasks"))[0]).toMatchObject({ type: "qmpause", id: "100" });
  expect(await pve.power(100, "resume")).toBe("OK");
  expect(await pve.object(`${status}/current`)).toMatchObject({ qmpstatus: "running", pid });
});

test("a VM that is suspended to disk is stopped under a lock, and its start goes on from there", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsihw: "virtio-scsi-single" });
  expect(await pve.task("POST", `${status}/suspend`, { todisk: 1 })).toBe("OK");
  const state = "local-lvm:vm-100-state-suspend-2026-01-01";
  expect(await pve.vm(100)).toMatchObject({
    status: "stopped",
    config: { lock: "suspended", vmstate: state },
    pending: { scsihw: "virtio-scsi-single" },
  });
  expect((await pve.list("/nodes/pve/tasks"))[0]).toMatchObject({ type: "qmsuspend" });
  expect((await pve.put(100, { cores: 2 })).message).toBe("VM is locked (suspended)\n");
  expect(await pve.power(100, "resume")).toMatch(/^OK|^WARNINGS/);
  const vm = await pve.vm(100);
  expect(vm.status).toBe("running");
  // What waits is not applied: the memory belongs to the devices that it was saved with.
  expect(vm.pending).toEqual({ scsihw: "virtio-scsi-single" });
  expect(Object.keys(vm.config)).not.toContain("lock");
  expect(Object.keys(vm.config)).not.toContain("vmstate");
  expect(await pve.list("/nodes/pve/storage/local-lvm/content?vmid=100")).toHaveLength(3);
});

test.each([
  ["suspend", {}, { message: "VM 101 not running\n" }],
  ["resume", {}, { message: "VM 101 not running\n" }],
  ["suspend", { skiplock: 1 }, { errors: { skiplock: "Only root may use this option." } }],
  ["resume", { nocheck: 1 }, { errors: { nocheck: "Only root may use this option." } }],
  [
    "suspend",
    { statestorage: "local" },
    { errors: { todisk: "missing property required by 'statestorage'" } },
  ],
])("%s with %j of a stopped VM is refused", async (action, form, answer) => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.call("POST", `/nodes/pve/qemu/101/status/${action}`, { form })).toMatchObject(answer);
});

test("a suspend to disk needs the right to change disks, and to allocate where the memory goes", async () => {
  const pve = await startPve({
    ...SMALL_SEED,
    tokens: [
      { id: "s@pve!power", secret: "s", acl: { "/vms": ["VM.PowerMgmt"] } },
      { id: "s@pve!disk", secret: "s", acl: { "/vms": ["VM.PowerMgmt", "VM.Config.Disk"] } },
    ],
  });
  const suspend = (name: string) =>
    pve.call("POST", `${status}/suspend`, {
      form: { todisk: 1 },
      headers: { authorization: `PVEAPIToken=s@pve!${name}=s` },
    });
  expect((await suspend("power")).message).toBe("Permission check failed (/vms/100, VM.Config.Disk)\n");
  expect((await suspend("disk")).message).toBe(
    "Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)\n",
  );
});
