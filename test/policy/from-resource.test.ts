import { unknownCheckingProxy } from "@pulumi/policy";
import { expect, test } from "vitest";
import { judgedFromResource } from "../../policy/from-resource.ts";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import { kinds, said } from "./vms.ts";

/** What the engine writes for a value that a preview does not know yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const legacy = {
  nodeName: "pve",
  vmId: 400,
  scsiHardware: "virtio-scsi-single",
  onBoot: false,
  started: true,
  serialDevices: [{ device: "socket" }],
  rebootAfterUpdate: false,
  deleteUnreferencedDisksOnDestroy: false,
  disks: [
    {
      interface: "scsi0",
      datastoreId: "local-lvm",
      aio: "threads",
      iothread: true,
      speed: { read: 60, write: 60 },
    },
  ],
};

function judged(type: string, props: Record<string, unknown>, parents = ""): JudgedVm {
  const vm = judgedFromResource({
    type,
    name: "hand",
    urn: `urn:pulumi:prod::proxmox-fleet::${parents}${type}::hand`,
    props: unknownCheckingProxy(props),
    opts: { protect: true, ignoreChanges: Object.keys(legacy) },
  });
  if (vm === undefined) throw new Error(`${type} was taken for no VM`);
  return vm;
}

const judgedLegacy = (props: Record<string, unknown>, parents?: string) =>
  judged("proxmoxve:index/vmLegacy:VmLegacy", { ...legacy, ...props }, parents);

test("a VmLegacy is judged by all that it says", () => {
  expect(judgedLegacy({})).toEqual({
    name: "hand",
    vmid: 400,
    exemptAs: ["hand", "400"],
    source: "VmLegacy",
    complete: true,
    config: { scsihw: "virtio-scsi-single", onboot: "0", serial0: "socket" },
    drives: {
      scsi0: { datastore: "local-lvm", aio: "threads", iothread: "1", mbps_rd: "60", mbps_wr: "60" },
    },
    unknown: [],
    options: {
      protect: true,
      ignoreChanges: Object.keys(legacy),
      inputs: Object.keys(legacy),
      deleteUnreferencedDisksOnDestroy: false,
      rebootAfterUpdate: false,
      stopped: false,
      officialReads: true,
    },
  });
  expect(said([judgedLegacy({})])).toEqual([]);
});

test("a VmLegacy that leaves out its disks gets one of its provider's, and is judged for it", () => {
  expect(said([judgedLegacy({ disks: undefined })])).toEqual([
    "drive-has-iothread: iothread of hand scsi0 must be on (got nothing)",
    "drive-has-caps: reads and writes of hand scsi0 must be capped (got mbps_rd absent, mbps_wr absent)",
  ]);
});

test("a clone has its template's controller where the official provider sends none", () => {
  const vm = judgedLegacy({ clone: { vmId: 1000 }, scsiHardware: "virtio-scsi-pci" });
  expect(kinds(vm, "no-lsi-controller")).toEqual([
    "undeclared: hand: scsihw is not declared; fleet audit --policy judges it on the node",
  ]);
});

test("a VmLegacy below our component is judged for its life only", () => {
  const vm = judgedLegacy({ disks: [{ interface: "scsi0" }] }, "proxmoxfleet:index:Vm$");
  expect(said([vm])).toEqual([]);
});

test("a VmConfig is judged by its declared part", () => {
  const vm = judged("proxmoxfleet:index:VmConfig", {
    vmid: 102,
    options: { onboot: false, scsihw: "virtio-scsi-single" },
    drives: { scsi0: { iothread: true, mbps_rd: 60 } },
    foreignSlots: ["scsi1-29"],
  });
  expect(vm).toEqual({
    name: "hand",
    vmid: 102,
    exemptAs: ["hand"],
    source: "VmConfig",
    complete: false,
    config: { onboot: "0", scsihw: "virtio-scsi-single" },
    drives: { scsi0: { iothread: "1", mbps_rd: "60" } },
    unknown: [],
    options: { foreignSlots: ["scsi1-29"] },
  });
});

test("a VmConfig of a VM that the program creates says all of it, even before its creator's id is known", () => {
  expect(judged("proxmoxfleet:index:VmConfig", { vmid: 120, creation: unknown })).toMatchObject({
    complete: true,
    options: { officialReads: true },
  });
});

test("Vm and cloned.Vm are judged for their life, a clone also for its drives", () => {
  expect(said([judged("proxmoxve:index/vm:Vm", { resourceId: "400" })])).toEqual([
    "vm-is-protected: deleteUnreferencedDisksOnDestroy of hand must be false (got nothing, which is true)",
  ]);
  const clone = judged("proxmoxve:cloned/vm:Vm", {
    resourceId: "401",
    disk: { scsi0: { aio: "threads", iothread: true, datastoreId: "local-lvm" } },
  });
  expect(said([clone], {}, "drive-has-caps")).toEqual([
    "drive-has-caps: reads and writes of hand scsi0 must be capped (got mbps_rd absent, mbps_wr absent)",
  ]);
  expect(said([clone], {}, "vm-is-protected")).toEqual([]);
});

test("another resource is no VM", () => {
  expect(
    judgedFromResource({ type: "proxmoxve:index/pool:Pool", name: "p", urn: "", props: {}, opts: {} }),
  ).toBeUndefined();
});

test.each<[title: string, props: Record<string, unknown>, rule: string, message: string]>([
  ["controller", { scsiHardware: unknown }, "no-lsi-controller", "hand: scsihw"],
  ["controller", { scsiHardware: unknown }, "scsi-controller-is-virtio", "hand: scsihw"],
  ["controller", { scsiHardware: unknown }, "iothread-needs-virtio-scsi-single", "hand: scsihw"],
  ["list of disks", { disks: unknown }, "drive-has-caps", "hand: drives"],
  ["list of disks", { disks: unknown }, "foreign-slots-stay-free", "hand: drives or foreignSlots"],
  [
    "I/O thread",
    { disks: [{ ...legacy.disks[0], iothread: unknown }] },
    "drive-has-iothread",
    "hand: iothread of scsi0",
  ],
  ["aio", { disks: [{ ...legacy.disks[0], aio: unknown }] }, "aio-is-explicit", "hand: aio of scsi0"],
  [
    "cap",
    { disks: [{ ...legacy.disks[0], speed: { read: unknown, write: 60 } }] },
    "drive-has-caps",
    "hand: mbps_rd of scsi0",
  ],
  ["caps", { disks: [{ ...legacy.disks[0], speed: unknown }] }, "caps-are-sane", "hand: mbps_rd of scsi0"],
  ["restart", { rebootAfterUpdate: unknown }, "no-automatic-reboot", "hand: rebootAfterUpdate"],
  [
    "removal",
    { deleteUnreferencedDisksOnDestroy: unknown },
    "vm-is-protected",
    "hand: deleteUnreferencedDisksOnDestroy",
  ],
  ["state", { started: unknown }, "no-zombie-onboot", "hand: started"],
  ["start with the node", { started: false, onBoot: unknown }, "no-zombie-onboot", "hand: onboot"],
  ["serial ports", { serialDevices: unknown }, "serial-console-present", "hand: serial0"],
])("an unknown %s is no violation (%#)", (_title, props, rule, what) => {
  expect(kinds(judgedLegacy(props), rule)).toEqual([
    `unknown: ${what} is not known in this preview; the apply judges it`,
  ]);
});

test("an unknown slot makes all drives unknown, and the others are not judged wrongly", () => {
  const vm = judgedLegacy({ disks: [{ interface: unknown }] });
  expect(kinds(vm, "drive-has-iothread")).toEqual([
    "unknown: hand: drives is not known in this preview; the apply judges it",
  ]);
});
