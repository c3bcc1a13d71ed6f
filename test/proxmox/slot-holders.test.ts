import { expect, test } from "vitest";
import { foreignSlotsLeft, slotHolders } from "../../proxmox/slot-holders.ts";
import { declare, vmWith } from "./vm.ts";

const csi = "local-lvm:vm-9999-pvc-1,backup=0,iothread=1,size=5G";

test("a taken slot is declared, foreign or the VM's own; CD-ROMs are nobody's here", () => {
  const declared = declare({ drives: { scsi0: { mbps_rd: 60 } }, foreignSlots: ["scsi1-3"] });
  const vm = vmWith({
    scsi0: "local-lvm:vm-102-disk-0,size=8G",
    scsi1: csi,
    scsi2: "local-lvm:vm-102-disk-7,size=8G",
    scsi9: csi,
    virtio0: "local-lvm:vm-102-disk-1,size=8G",
    sata0: "/dev/disk/by-id/ata-1",
    ide2: "none,media=cdrom",
    ide0: "local-lvm:vm-102-cloudinit,media=cdrom",
  });
  expect(Object.fromEntries(slotHolders(declared, vm).map(({ slot, holder }) => [slot, holder]))).toEqual({
    scsi0: "declared",
    // Whatever volume it is: the slot is somebody else's.
    scsi2: "foreign",
    scsi1: "foreign",
    scsi9: "foreign",
    virtio0: "undeclared",
    sata0: "undeclared",
  });
});

test("a drive that only waits takes its slot already", () => {
  const vm = vmWith({}, { pending: { scsi1: csi } });
  expect(slotHolders(declare(), vm)).toEqual([{ slot: "scsi1", holder: "foreign" }]);
  expect(foreignSlotsLeft(declare({ foreignSlots: ["scsi1-29"] }), vm)).toEqual({ declared: 29, left: 28 });
});

test("slots are left of those that are declared foreign, and of none without such", () => {
  const vm = vmWith({ scsi2: csi, scsi9: csi });
  expect(foreignSlotsLeft(declare({ foreignSlots: ["scsi0", "scsi2-4"] }), vm)).toEqual({
    declared: 4,
    left: 3,
  });
  expect(foreignSlotsLeft(declare(), vm)).toBeUndefined();
});

test("a text that cannot be read is told with the reason", () => {
  const vm = vmWith({ scsi3: "local-lvm:vm-102-disk-3,size=8G,size=9G" });
  expect(slotHolders(declare(), vm)).toEqual([
    { slot: "scsi3", holder: "undeclared", unreadable: expect.stringContaining("size") },
  ]);
});
