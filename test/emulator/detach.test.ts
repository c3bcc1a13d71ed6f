import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

async function volumes(pve: Awaited<ReturnType<typeof startPve>>): Promise<unknown[]> {
  return (await pve.list("/nodes/pve/storage/local-lvm/content")).map((row) => row.volid);
}

test("an owned disk that is removed from a running VM is unplugged and kept as unused", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "scsi1" });
  const vm = await pve.vm(100);
  expect(vm.config).not.toHaveProperty("scsi1");
  expect(vm.config.unused0).toBe("local-lvm:vm-100-disk-1");
  expect(vm.running?.drives).not.toHaveProperty("scsi1");
});

test.each([
  ["", {}],
  [" even by force", { force: 1 }],
])("a foreign disk just disappears, and its volume stays%s", async (_how, extra) => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "scsi2", ...extra });
  const vm = await pve.vm(100);
  expect(Object.keys(vm.config).filter((key) => /^(?:scsi2|unused)/.test(key))).toEqual([]);
  expect(await volumes(pve)).toContain("local-lvm:vm-9999-pvc-100");
});

test("the boot disk of a running VM cannot be removed, and the removal stays pending", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, { delete: "scsi0" });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({ scsi0: "hotplug problem - can't unplug bootdisk 'scsi0'\n" });
  const vm = await pve.vm(100);
  expect(vm.pendingDelete).toEqual(["scsi0"]);
  expect(vm.pending.boot).toBe("order=ide2;net0");
  expect(vm.config.scsi0).toContain("vm-100-disk-0");
});

test("a sata disk of a running VM waits to be removed", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "sata0" });
  expect((await pve.vm(100)).pendingDelete).toEqual(["sata0"]);
  await pve.power(100, "stop");
  const vm = await pve.vm(100);
  expect(vm.config.unused0).toBe("local-lvm:vm-100-disk-2");
  expect(vm.pendingDelete).toEqual([]);
});

test("a removal by force frees the volume", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { delete: "scsi1", force: 1 });
  expect((await pve.vm(101)).config).not.toHaveProperty("unused0");
  expect(await volumes(pve)).not.toContain("local-lvm:vm-101-disk-1");
});

test("force without delete is refused", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.put(101, { force: 1, cores: 2 })).status).toBe(400);
});

test("deleting an unused entry frees its volume, also while the VM runs", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "scsi1" });
  await pve.set(100, { delete: "unused0" });
  expect((await pve.vm(100)).config).not.toHaveProperty("unused0");
  expect(await volumes(pve)).not.toContain("local-lvm:vm-100-disk-1");
});

test("an unused volume that is attached again leaves its unused line, even while it only waits", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "scsi1" });
  await pve.set(100, { sata1: "local-lvm:vm-100-disk-1" });
  const vm = await pve.vm(100);
  expect(vm.pending.sata1).toBe("local-lvm:vm-100-disk-1,size=10G");
  expect(vm.config).not.toHaveProperty("unused0");
});

test("disk numbers of unused volumes are not given out again", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { delete: "scsi1" });
  await pve.set(101, { scsi1: "local-lvm:1" });
  expect((await pve.vm(101)).config.scsi1).toBe("local-lvm:vm-101-disk-3,size=1G");
});

test("a protected VM keeps its drives", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { protection: 1 });
  const answer = await pve.put(100, { delete: "scsi1" });
  expect(answer.status).toBe(500);
  expect(answer.message).toBe("can't remove drive 'scsi1' - protection mode enabled\n");
});

test("a guest that holds on to a disk makes the unplug fail", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/stall", { slot: "scsi1", on: true });
  const answer = await pve.put(100, { delete: "scsi1" });
  expect(answer.errors).toEqual({
    scsi1: "hotplug problem - error on hot-unplugging device 'scsi1' - still busy in guest?\n",
  });
  expect((await pve.vm(100)).pendingDelete).toEqual(["scsi1"]);
});

test("a cloud-init drive that is removed takes its image with it", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { ide0: "local-lvm:cloudinit" });
  await pve.set(101, { delete: "ide0" });
  expect(await volumes(pve)).not.toContain("local-lvm:vm-101-cloudinit");
});

test("unlink removes drives like delete does", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("PUT", "/nodes/pve/qemu/101/unlink", { form: { idlist: "scsi1" } });
  expect(answer.data).toBeNull();
  expect((await pve.vm(101)).config.unused0).toBe("local-lvm:vm-101-disk-1");
});

test("deleting what is not set is no error, deleting an unknown name is", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { delete: "scsi9,vga" });
  expect((await pve.vm(100)).pendingDelete).toEqual([]);
  expect((await pve.put(100, { delete: "nonsense" })).errors).toEqual({
    delete: "unknown option 'nonsense'",
  });
  expect((await pve.put(100, { delete: "cores", cores: 2 })).errors).toEqual({
    delete: "you can't use '-cores' and -delete cores' at the same time",
  });
});
