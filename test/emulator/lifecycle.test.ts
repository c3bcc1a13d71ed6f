import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const QEMU = "/nodes/pve/qemu";

test("a new VM has all options before its first start, an identity and a boot order", async () => {
  const pve = await startPve(SMALL_SEED);
  const form = {
    vmid: 120,
    name: "fresh",
    cores: 2,
    memory: 2048,
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:8,iothread=1,aio=threads,mbps_rd=50",
    ide2: "none,media=cdrom",
    net0: "virtio,bridge=vmbr0,tag=20",
    pool: "lab",
    start: 1,
  };
  expect(await pve.task("POST", QEMU, form)).toBe("OK");
  const vm = await pve.vm(120);
  expect(vm.status).toBe("running");
  expect(vm.config).toMatchObject({
    name: "fresh",
    boot: "order=scsi0;ide2;net0",
    scsi0: "local-lvm:vm-120-disk-0,aio=threads,iothread=1,mbps_rd=50,size=8G",
    ide2: "none,media=cdrom",
    meta: "creation-qemu=10.1.2,ctime=1767268800",
  });
  expect(vm.config.net0).toMatch(/^virtio=BC:24:11(?::[0-9A-F]{2}){3},bridge=vmbr0,tag=20$/);
  expect(vm.config.smbios1).toMatch(/^uuid=[0-9a-f-]{36}$/);
  expect(vm.config.vmgenid).toMatch(/^[0-9a-f-]{36}$/);
  expect(vm.running?.drives.scsi0).toMatchObject({ iothread: true, throttle: { mbps_rd: 50 } });
  expect(await pve.list("/pools?poolid=lab")).toMatchObject([
    { members: [{ vmid: 100 }, { vmid: 120, pool: "lab" }] },
  ]);
});

test("an id that is taken is refused before a task is started", async () => {
  const pve = await startPve(SMALL_SEED);
  const created = await pve.call("POST", QEMU, { form: { vmid: 100 } });
  expect(created.message).toBe("unable to create VM 100 - VM 100 already exists on node 'pve'\n");
  const cloned = await pve.call("POST", `${QEMU}/900/clone`, { form: { newid: 100 } });
  expect(cloned.message).toBe("unable to create VM 100: config file already exists\n");
  expect(await pve.get("/nodes/pve/tasks?source=all")).toEqual([]);
});

test("an allocation that fails fails the task", async () => {
  const pve = await startPve(SMALL_SEED);
  const refused = await pve.call("POST", QEMU, { form: { vmid: 120, scsi0: "nowhere:8" } });
  expect(refused.message).toBe("storage 'nowhere' does not exist\n");
  expect(await pve.task("POST", QEMU, { vmid: 120, scsi0: "local-lvm:vm-120-disk-7" })).toBe(
    "unable to create VM 120 - no such logical volume pve/vm-120-disk-7",
  );
});

test("a full clone has its own volumes, MACs and identity, and keeps the drives' options", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.task("POST", `${QEMU}/900/clone`, { newid: 121, name: "copy", full: 1 })).toBe("OK");
  const { config } = await pve.vm(121);
  expect(config).toMatchObject({
    name: "copy",
    scsi0: "local-lvm:vm-121-disk-0,discard=on,size=4G",
    ide2: "local-lvm:vm-121-cloudinit,media=cdrom,size=4M",
    scsihw: "virtio-scsi-single",
  });
  expect(config).not.toHaveProperty("template");
  expect(config.net0).not.toBe("virtio=BC:24:11:00:09:00,bridge=vmbr0");
  expect(config.smbios1).not.toBe("uuid=11111111-2222-4333-8444-555555555555");
  expect(config.vmgenid).not.toBe("11111111-2222-4333-8444-555555555556");
});

test("a clone to another storage needs a full clone", async () => {
  const pve = await startPve(SMALL_SEED);
  const linked = await pve.call("POST", `${QEMU}/900/clone`, { form: { newid: 121, storage: "local" } });
  expect(linked.message).toBe("parameter 'storage' not allowed for linked clones\n");
  await pve.task("POST", `${QEMU}/900/clone`, { newid: 121, storage: "local", full: 1, format: "qcow2" });
  expect((await pve.vm(121)).config).toMatchObject({
    name: "Copy-of-VM-golden",
    scsi0: "local:121/vm-121-disk-0.qcow2,discard=on,size=4G",
  });
});

test("a linked clone needs a template's base volumes", async () => {
  const pve = await startPve(SMALL_SEED);
  const linked = await pve.call("POST", `${QEMU}/101/clone`, { form: { newid: 121, full: 0 } });
  expect(linked.message).toMatch(
    /^Linked clone feature is not supported for 'local-lvm:vm-101-disk-0' \(scsi0\)/,
  );
});

test("a Windows guest is pinned to a machine version, and tags are sorted and lower case", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.task("POST", QEMU, { vmid: 120, ostype: "win11", machine: "q35", tags: "Web,app,web" });
  expect((await pve.vm(120)).config).toMatchObject({ machine: "pc-q35-10.1", tags: "app;web" });
  await pve.set(101, { ostype: "win10" });
  expect((await pve.vm(101)).config.machine).toBe("pc-i440fx-10.1");
});

test("two runs from one seed make up the same MACs and ids", async () => {
  const clone = async () => {
    const pve = await startPve(SMALL_SEED);
    await pve.task("POST", `${QEMU}/900/clone`, { newid: 121 });
    return (await pve.vm(121)).config;
  };
  expect(await clone()).toEqual(await clone());
});

test("a template has base volumes and cannot be started", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("POST", `${QEMU}/100/template`)).status).toBe(500);
  expect(await pve.task("POST", `${QEMU}/101/template`)).toBe("OK");
  expect((await pve.vm(101)).config).toMatchObject({
    template: "1",
    scsi0: "local-lvm:base-101-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1",
  });
  expect(await pve.power(101, "start")).toBe("you can't start a vm if it's a template");
});

test("a resize is a task that changes volume and config, live too, and never shrinks", async () => {
  const pve = await startPve(SMALL_SEED);
  const resize = (disk: string, size: string) => pve.task("PUT", `${QEMU}/100/resize`, { disk, size });
  expect(await resize("scsi0", "40G")).toBe("OK");
  expect(await resize("scsi0", "+1G")).toBe("OK");
  expect((await pve.config(100)).scsi0).toBe(
    "local-lvm:vm-100-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=41G,ssd=1",
  );
  expect(await resize("scsi0", "32G")).toBe("shrinking disks is not supported");
  expect(await resize("scsi9", "32G")).toBe("disk 'scsi9' does not exist");
  expect(
    (await pve.call("PUT", `${QEMU}/100/resize`, { form: { disk: "scsi0", size: "lots" } })).status,
  ).toBe(400);
});

test("a wrong digest fails a resize in its task", async () => {
  const pve = await startPve(SMALL_SEED);
  const form = { disk: "scsi0", size: "40G", digest: "0".repeat(40) };
  expect(await pve.task("PUT", `${QEMU}/100/resize`, form)).toBe(
    "checksum mismatch (file change by other user?)",
  );
});

test("a drive that already waits keeps the old size text until the VM is restarted", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi1: "local-lvm:vm-100-disk-1,iothread=1" });
  await pve.task("PUT", `${QEMU}/100/resize`, { disk: "scsi1", size: "20G" });
  const vm = await pve.vm(100);
  expect(vm.config.scsi1).toBe("local-lvm:vm-100-disk-1,size=20G");
  expect(vm.pending.scsi1).toBe("local-lvm:vm-100-disk-1,iothread=1,size=10G");
});

test("a moved disk keeps its options; the old volume stays as unused, or goes on request", async () => {
  const pve = await startPve(SMALL_SEED);
  const move = (disk: string, more: object) =>
    pve.task("POST", `${QEMU}/100/move_disk`, { disk, storage: "local", ...more });
  expect(await move("scsi0", {})).toBe("OK");
  expect(await move("scsi1", { delete: 1, format: "qcow2" })).toBe("OK");
  const vm = await pve.vm(100);
  expect(vm.config).toMatchObject({
    scsi0: "local:100/vm-100-disk-0.raw,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1",
    scsi1: "local:100/vm-100-disk-1.qcow2,size=10G",
    unused0: "local-lvm:vm-100-disk-0",
  });
  expect(vm.config).not.toHaveProperty("unused1");
  expect(vm.running?.drives.scsi0?.volume).toBe("local:100/vm-100-disk-0.raw");
});

test("a locked VM fails the task that would destroy it", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/101/edit", { lock: "backup" });
  expect(await pve.task("DELETE", `${QEMU}/101`)).toBe("VM is locked (backup)");
});

test("a running or protected VM cannot be destroyed", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("DELETE", `${QEMU}/100`)).message).toBe("VM 100 is running - destroy failed\n");
  await pve.set(101, { protection: 1 });
  expect((await pve.call("DELETE", `${QEMU}/101`)).message).toBe(
    "can't remove VM 101 - protection mode enabled\n",
  );
});

test("a destroyed VM takes its own volumes with it, never a foreign one", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.task("DELETE", `${QEMU}/101?destroy-unreferenced-disks=1&purge=1`)).toBe("OK");
  const left = (await pve.list("/nodes/pve/storage/local-lvm/content")).map((row) => row.volid);
  expect(left).toContain("local-lvm:vm-9999-pvc-101");
  expect(left.filter((volid) => String(volid).includes("vm-101-"))).toEqual([]);
  const gone = await pve.call("GET", `${QEMU}/101/status/current`);
  expect(gone).toMatchObject({
    status: 500,
    message: "Configuration file 'nodes/pve/qemu-server/101.conf' does not exist\n",
  });
});

test("a migration moves the VM to the other node", async () => {
  const pve = await startPve(SMALL_SEED);
  const local = await pve.call("POST", `${QEMU}/101/migrate`, { form: { target: "pve" } });
  expect(local.errors).toEqual({ target: "target is local node." });
  // A volume of another VM's that only this node has would not go along.
  expect((await pve.call("PUT", `${QEMU}/101/config`, { form: { delete: "scsi2" } })).status).toBe(200);
  expect(await pve.task("POST", `${QEMU}/101/migrate`, { target: "pve2" })).toBe("OK");
  expect(await pve.object("/nodes/pve2/qemu/101/config")).toMatchObject({ name: "vm101" });
});
