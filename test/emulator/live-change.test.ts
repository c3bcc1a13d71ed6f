import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const SCSI0 = "local-lvm:vm-100-disk-0";
const STORED = `${SCSI0},discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1`;

test("the same options in another order change nothing and call QEMU not at all", async () => {
  const pve = await startPve(SMALL_SEED);
  const before = await pve.config(100);
  await pve.set(100, { scsi0: `ssd=1,mbps_wr=60,size=1G,mbps_rd=60,discard=on,file=${SCSI0}` });
  expect(await pve.config(100)).toEqual(before);
  const vm = await pve.vm(100);
  expect(vm.pending).toEqual({});
  expect(vm.throttleCalls).toEqual({});
});

test("a changed limit is live at once, with one QMP call and nothing pending", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${SCSI0},discard=on,mbps_rd=60,mbps_wr=70,ssd=1` });
  const vm = await pve.vm(100);
  expect(vm.config.scsi0).toBe(STORED.replace("mbps_wr=60", "mbps_wr=70"));
  expect(vm.running?.drives.scsi0?.throttle).toEqual({ mbps_rd: 60, mbps_wr: 70 });
  expect(vm.pending).toEqual({});
  expect(vm.throttleCalls).toEqual({ scsi0: 1 });
});

test("a limit that differs only as text is stored without a QMP call", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${SCSI0},discard=on,mbps_rd=60.0,mbps_wr=60,ssd=1` });
  const vm = await pve.vm(100);
  expect(vm.config.scsi0).toBe(`${SCSI0},discard=on,mbps_rd=60.0,mbps_wr=60,size=32G,ssd=1`);
  expect(vm.throttleCalls).toEqual({});
});

test("a written zero differs from nothing: it costs a QMP call that changes nothing", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${STORED},iops_rd=0` });
  const vm = await pve.vm(100);
  expect(vm.throttleCalls).toEqual({ scsi0: 1 });
  expect(vm.running?.drives.scsi0?.throttle).toEqual({ mbps_rd: 60, mbps_wr: 60 });
});

test("an omitted limit is lifted live", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${SCSI0},discard=on,ssd=1` });
  expect((await pve.vm(100)).running?.drives.scsi0?.throttle).toEqual({});
});

test.each(["aio=io_uring", "cache=none", "iothread=0", "queues=2", "ro=0", "vendor=A", "product=B"])(
  "%s counts as a change although it is the default, and keeps the whole drive waiting",
  async (option) => {
    const pve = await startPve(SMALL_SEED);
    await pve.set(100, { scsi0: `${STORED.replace("mbps_wr=60", "mbps_wr=99")},${option}` });
    const vm = await pve.vm(100);
    expect(vm.config.scsi0).toBe(STORED);
    expect(Object.keys(vm.pending)).toEqual(["scsi0"]);
    expect(vm.running?.drives.scsi0?.throttle).toEqual({ mbps_rd: 60, mbps_wr: 60 });
    expect(vm.throttleCalls).toEqual({});
  },
);

test("an option outside both classes is current at once while QEMU goes on without it", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${STORED},serial=abc,backup=0` });
  const vm = await pve.vm(100);
  expect(vm.config.scsi0).toBe(
    `${SCSI0},backup=0,discard=on,mbps_rd=60,mbps_wr=60,serial=abc,size=32G,ssd=1`,
  );
  expect(vm.pending).toEqual({});
  expect(vm.running?.drives.scsi0?.options).toEqual({ discard: "on", ssd: "1" });
});

test("a limit written over a drive that already waits keeps waiting, unless the waiting options are left out", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi0: `${STORED},iothread=1` });
  const view = String((await pve.config(100)).scsi0);
  expect(view).toContain("iothread=1");
  await pve.set(100, { scsi0: view.replace("mbps_wr=60", "mbps_wr=80") });
  expect((await pve.vm(100)).throttleCalls).toEqual({});
  const current = String((await pve.config(100, true)).scsi0);
  await pve.set(100, { scsi0: current.replace("mbps_wr=60", "mbps_wr=80") });
  const vm = await pve.vm(100);
  expect(vm.throttleCalls).toEqual({ scsi0: 1 });
  expect(vm.pending).toEqual({});
});

test("limits go live on sata and with hotplug off", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { hotplug: "0" });
  await pve.set(100, { sata0: "local-lvm:vm-100-disk-2,mbps=10" });
  const vm = await pve.vm(100);
  expect(vm.running?.drives.sata0?.throttle).toEqual({ mbps: 10 });
  expect(vm.throttleCalls).toEqual({ sata0: 1 });
});

test("a new scsi disk is plugged live, a new sata disk waits", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi4: "local-lvm:1,iothread=1", sata1: "local-lvm:1" });
  const vm = await pve.vm(100);
  expect(vm.config.scsi4).toBe("local-lvm:vm-100-disk-3,iothread=1,size=1G");
  expect(vm.running?.drives.scsi4?.iothread).toBe(false);
  expect(Object.keys(vm.pending)).toEqual(["sata1"]);
});

test("a new scsi disk waits when hotplug leaves disks out", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { hotplug: "network,usb" });
  await pve.set(100, { scsi4: "local-lvm:1" });
  expect(Object.keys((await pve.vm(100)).pending)).toEqual(["scsi4"]);
});

test("another volume on sata is refused and stays pending", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, { sata0: "local-lvm:vm-9999-pvc-spare" });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({ sata0: "hotplug problem - can't unplug device 'sata0'\n" });
  expect((await pve.vm(100)).pending.sata0).toBe("local-lvm:vm-9999-pvc-spare,size=7G");
});

test("a CD-ROM takes another medium live but cannot become a disk", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { ide2: "local:iso/x.iso,media=cdrom" });
  expect((await pve.vm(100)).running?.drives.ide2?.volume).toBe("local:iso/x.iso");
  const answer = await pve.put(100, { ide2: "local-lvm:vm-9999-pvc-spare" });
  expect(answer.errors).toEqual({ ide2: "hotplug problem - unable to change media type\n" });
});

test.each([
  ["scsihw", "virtio-scsi-single"],
  ["cores", "8"],
  ["memory", "8192"],
  ["cpu", "host"],
  ["machine", "q35"],
  ["bios", "ovmf"],
  ["boot", "order=scsi1"],
  ["agent", "0"],
  ["balloon", "0"],
  ["vga", "serial0"],
])("%s of a running VM waits", async (key, value) => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { [key]: value });
  expect((await pve.vm(100)).pending).toEqual({ [key]: value });
});

test.each([
  ["name", "other"],
  ["onboot", "0"],
  ["tags", "a;b"],
  ["startup", "order=3"],
  ["protection", "1"],
  ["cpulimit", "2"],
  ["cpuunits", "200"],
  ["ciuser", "me"],
  ["ipconfig0", "ip=dhcp"],
])("%s of a running VM changes at once", async (key, value) => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { [key]: value });
  const vm = await pve.vm(100);
  expect(vm.config[key]).toBe(value);
  expect(vm.pending).toEqual({});
});

test("memory that can be plugged comes and goes in modules of 512 MiB, and what the VM has is stored", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { hotplug: "disk,memory" });
  await pve.power(100, "stop");
  await pve.power(100, "start");
  for (const [wanted, stored] of [
    [8192, "8192"],
    [2100, "2048"],
    [3600, "4096"],
    [3000, "2560"],
  ] as const) {
    await pve.set(100, { memory: wanted });
    expect((await pve.vm(100)).config.memory).toBe(stored);
  }
  expect((await pve.put(100, { memory: 1000 })).errors).toEqual({
    memory: "hotplug problem - memory can't be lower than 1024 MB\n",
  });
  expect((await pve.vm(100)).pending).toEqual({ memory: "1000" });
});

test.each([
  ["l26", "", "", true],
  ["l26", "pc-i440fx-7.0", "", false],
  ["l24", "", "", false],
  ["win11", "", "", false],
  ["win11", "", "creation-qemu=9.2.0,ctime=1", true],
  ["win11", "", "creation-qemu=8.1.5,ctime=1", false],
  ["win10", "pc-q35-8.1+pve2", "", true],
])(
  "usb of a running %s guest with machine '%s' and meta '%s' is live: %s",
  async (ostype, machine, meta, isLive) => {
    const [vm] = SMALL_SEED.vms;
    const config = { ...vm?.config, ostype, ...(machine && { machine }), ...(meta && { meta }) };
    const pve = await startPve({ ...SMALL_SEED, vms: [{ ...vm, config }] });
    await pve.set(100, { usb0: "spice" });
    expect((await pve.vm(100)).pending).toEqual(isLive ? {} : { usb0: "spice" });
  },
);

test("a nic changes its vlan live, and a new MAC replugs it", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { net0: "virtio=BC:24:11:00:00:00,bridge=vmbr0,tag=20" });
  expect((await pve.vm(100)).running?.nets.net0).toBe("virtio=BC:24:11:00:00:00,bridge=vmbr0,tag=20");
  await pve.set(100, { net0: "virtio=BC:24:11:00:00:AA,bridge=vmbr0", net1: "virtio,bridge=vmbr0" });
  const nets = (await pve.vm(100)).running?.nets;
  expect(nets?.net0).toBe("virtio=BC:24:11:00:00:AA,bridge=vmbr0");
  expect(nets?.net1).toMatch(/^virtio=BC:24:11(?::[0-9A-F]{2}){3},bridge=vmbr0$/);
});
