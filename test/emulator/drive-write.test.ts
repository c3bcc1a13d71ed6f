import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const V = "local-lvm:vm-101-disk-";

test("a stored drive is canonical whatever the order of the request", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi1: `ssd=1,mbps_wr=60,mbps_rd=60.0,file=${V}1,discard=on,aio=io_uring` });
  expect((await pve.config(101)).scsi1).toBe(
    `${V}1,aio=io_uring,discard=on,mbps_rd=60.0,mbps_wr=60,size=10G,ssd=1`,
  );
});

test("the size is the volume's, whatever the request says, also for an ISO image", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi1: `${V}1,size=999G`, ide2: "local:iso/x.iso,media=cdrom" });
  const config = await pve.config(101);
  expect(config.scsi1).toBe(`${V}1,size=10G`);
  expect(config.ide2).toBe("local:iso/x.iso,media=cdrom,size=112M");
});

test("a write replaces the whole string: an option that is not sent is gone", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi0: `${V}0,ssd=1` });
  expect((await pve.config(101)).scsi0).toBe(`${V}0,size=32G,ssd=1`);
});

test("STORE:N takes the lowest free disk number, with the real size and without a format", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi5: "local-lvm:4,format=raw,discard=on", scsi6: "local:1.5,format=qcow2" });
  const config = await pve.config(101);
  expect(config.scsi5).toBe(`${V}3,discard=on,size=4G`);
  expect(config.scsi6).toBe("local:101/vm-101-disk-0.qcow2,size=1536M");
});

test("STORE:N on an occupied slot of a stopped VM replaces the disk; the old one becomes unused", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi1: "local-lvm:10" });
  const config = await pve.config(101);
  expect(config.scsi1).toBe(`${V}3,size=10G`);
  expect(config.unused0).toBe(`${V}1`);
});

test("STORE:N on an occupied slot of a running VM unplugs the old disk", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi1: "local-lvm:10" });
  const vm = await pve.vm(100);
  expect(vm.config.unused0).toBe("local-lvm:vm-100-disk-1");
  expect(vm.running?.drives.scsi1?.volume).toBe("local-lvm:vm-100-disk-3");
});

test("STORE:N on a running VM's boot disk fails and leaves the new disk pending", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, { scsi0: "local-lvm:32" });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({ scsi0: "hotplug problem - can't unplug bootdisk 'scsi0'\n" });
  const vm = await pve.vm(100);
  expect(vm.pending.scsi0).toBe("local-lvm:vm-100-disk-3,size=32G");
  expect(vm.running?.drives.scsi0?.volume).toBe("local-lvm:vm-100-disk-0");
});

test("an import gives the disk the size of its source", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi7: "local-lvm:0,import-from=local:import/x.qcow2,discard=on" });
  expect((await pve.config(101)).scsi7).toBe(`${V}3,discard=on,size=3584M`);
});

test("an import into a disk of a given size is refused", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(101, { scsi7: "local-lvm:8,import-from=local:import/x.qcow2" });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({
    scsi7: "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>",
  });
});

test("a cloud-init drive has no size on its first write, and there can be only one", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { ide0: "local-lvm:cloudinit" });
  expect((await pve.config(101)).ide0).toBe("local-lvm:vm-101-cloudinit,media=cdrom");
  await pve.set(101, { ide0: "local-lvm:vm-101-cloudinit,media=cdrom" });
  expect((await pve.config(101)).ide0).toBe("local-lvm:vm-101-cloudinit,media=cdrom,size=4M");
  const second = await pve.put(101, { ide1: "local-lvm:cloudinit" });
  expect(second.status).toBe(500);
  expect(second.message).toBe("ide1 - cloud-init drive is already attached at 'ide0'\n");
});

test("an ISO image needs media=cdrom", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(101, { scsi7: "local:iso/x.iso" });
  expect(answer.errors).toEqual({ scsi7: "explicit 'media=cdrom' is required for iso images" });
});

test("new EFI variables are 4 MiB whatever size is asked", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { efidisk0: "local-lvm:1,efitype=4m" });
  expect((await pve.config(101)).efidisk0).toBe(`${V}3,efitype=4m,size=4M`);
});

test("a new CD-ROM joins the boot order, a new disk does not", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { ide3: "none,media=cdrom" });
  await pve.set(101, { scsi8: "local-lvm:1" });
  expect((await pve.config(101)).boot).toBe("order=scsi0;ide2;net0;ide3");
});

test("a cloud-init drive stays out of the boot order, until its slot holds another medium", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { ide3: "local-lvm:cloudinit,media=cdrom" });
  expect((await pve.config(101)).boot).toBe("order=scsi0;ide2;net0");
  await pve.set(101, { ide3: "local-lvm:vm-101-cloudinit,media=cdrom" });
  expect((await pve.config(101)).boot).toBe("order=scsi0;ide2;net0");
  await pve.set(101, { ide3: "none,media=cdrom" });
  expect((await pve.config(101)).boot).toBe("order=scsi0;ide2;net0;ide3");
});

test("a cloud-init image is one by its name, also where the drive is no CD-ROM", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { ide3: "local-lvm:cloudinit,media=cdrom" });
  await pve.set(101, { ide3: "local-lvm:vm-101-cloudinit" });
  expect((await pve.put(101, { scsi7: "local-lvm:cloudinit" })).message).toBe(
    "scsi7 - cloud-init drive is already attached at 'ide3'\n",
  );
});
