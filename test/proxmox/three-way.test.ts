import { expect, test } from "vitest";
import { threeWay } from "../../proxmox/three-way.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const declared = declare({
  options: { scsihw: "virtio-scsi-single", cores: 16 },
  drives: { scsi0: { aio: "threads", mbps_rd: 60, mbps_wr: 60 } },
});

test("a VM as declared has no difference, and every key of it counts", () => {
  const vm = vmWith({
    ...devvm,
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:vm-102-disk-0,aio=threads,mbps_rd=60.0,mbps_wr=60,size=100G",
  });
  expect(threeWay(declared, vm)).toEqual({ drifted: [], waiting: [], problems: [], owned: 5, unseen: [] });
});

test("a declared key that is configured otherwise has drifted, with what up would do", () => {
  const vm = vmWith({ ...devvm, scsi0: "local-lvm:vm-102-disk-0,aio=threads,mbps_rd=500,mbps_wr=60" });
  expect(threeWay(declared, vm)).toMatchObject({
    drifted: [
      { path: "options.scsihw", slot: "scsihw", declared: "virtio-scsi-single", effect: "cold" },
      { path: "drives.scsi0.mbps_rd", slot: "scsi0", declared: "60", configured: "500", effect: "live" },
    ],
    waiting: [],
  });
});

test("what is pending as declared waits, with the value that QEMU runs", () => {
  const pending = {
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:vm-102-disk-0,aio=threads,mbps_rd=60,mbps_wr=60",
  };
  const vm = vmWith({ ...devvm, scsihw: "virtio-scsi-pci" }, { pending });
  const { drifted, waiting } = threeWay(declared, vm);
  expect(drifted).toEqual([]);
  expect(waiting).toEqual([
    {
      path: "options.scsihw",
      slot: "scsihw",
      declared: "virtio-scsi-single",
      configured: "virtio-scsi-pci",
      waiting: "virtio-scsi-single",
      effect: "cold",
    },
    { path: "drives.scsi0.aio", slot: "scsi0", declared: "threads", waiting: "threads", effect: "cold" },
  ]);
});

test("three values are three: declared, configured, and another that waits", () => {
  const vm = vmWith({ ...devvm, scsihw: "pvscsi" }, { pending: { scsihw: "megasas" } });
  expect(threeWay(declare({ options: { scsihw: "virtio-scsi-single" } }), vm).drifted).toEqual([
    {
      path: "options.scsihw",
      slot: "scsihw",
      declared: "virtio-scsi-single",
      configured: "pvscsi",
      waiting: "megasas",
      effect: "cold",
    },
  ]);
});

test("a key that goes away at the next cold start is null from then on", () => {
  const vm = vmWith({ ...devvm, cores: "16" }, { deletes: ["cores"] });
  expect(threeWay(declare({ options: { cores: 16 } }), vm).drifted).toEqual([
    {
      path: "options.cores",
      slot: "cores",
      declared: "16",
      configured: "16",
      waiting: null,
      effect: "live",
    },
  ]);
});

test("a whole device that goes away is told by its text", () => {
  const vm = vmWith(devvm, { deletes: ["net0"] });
  const [device] = threeWay(declare({ nics: { net0: { tag: 10 } } }), vm).drifted;
  expect(device).toMatchObject({ path: "nics.net0", configured: devvm.net0, waiting: null });
});

test("what is in the config at once and in QEMU later is named, for a VM that runs", () => {
  const owner = declare({ options: { ciuser: "ubuntu", cores: 16 } });
  expect(threeWay(owner, vmWith({ ...devvm, ciuser: "ubuntu" })).unseen).toEqual(["options.ciuser"]);
  expect(threeWay(owner, vmWith({ ...devvm, ciuser: "root" })).drifted).toMatchObject([
    { path: "options.ciuser", effect: "invisible" },
  ]);
  expect(threeWay(owner, vmWith({ ...devvm, ciuser: "ubuntu" }, { running: false })).unseen).toEqual([]);
});

test("a text that Proxmox could not read is a problem and no value", () => {
  const vm = vmWith({ ...devvm, scsi0: "local-lvm:vm-102-disk-0,mbps_rd=60,mbps_rd=70" });
  const { drifted, problems } = threeWay(declare({ drives: { scsi0: { mbps_rd: 60 } } }), vm);
  expect(drifted).toEqual([]);
  expect(problems).toMatchObject([
    { path: "drives.scsi0", reason: expect.stringContaining("the VM's own text cannot be read") },
  ]);
});

test("a drive that only a cold start plugs waits itself, and so does a network device", () => {
  const own = declare({
    drives: { sata1: { datastore: "local-lvm", size: "8G" } },
    nics: { net1: { bridge: "vmbr1" } },
  });
  const pending = {
    sata1: "local-lvm:vm-102-disk-1,size=8G",
    net1: "virtio=BC:24:11:00:01:09,bridge=vmbr1",
  };
  const { drifted, waiting } = threeWay(own, vmWith(devvm, { pending }));
  expect(drifted).toEqual([]);
  expect(waiting.map(({ path, waiting: text }) => [path, text])).toEqual([
    ["nics.net1", pending.net1],
    ["nics.net1.bridge", "vmbr1"],
    ["drives.sata1", pending.sata1],
  ]);
});
