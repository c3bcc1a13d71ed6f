import { describe, expect, it } from "vitest";
import { datastoreOf, isCdrom, isCloudInit, ownerOf, parseDrive, printDrive } from "../../proxmox/drive.ts";
import { busOf, expandSlots, slotSet } from "../../proxmox/drive-slots.ts";
import { parseSize, printSize } from "../../proxmox/size.ts";

describe("expandSlots", () => {
  it.each([
    ["scsi1-3", ["scsi1", "scsi2", "scsi3"]],
    ["virtio15", ["virtio15"]],
    [" ide0-0 ", ["ide0"]],
  ])("reads %s", (range, slots) => {
    expect(expandSlots(range)).toStrictEqual(slots);
  });

  it.each(["scsi3-1", "scsi30-31", "sata6", "net0", "efidisk0", "scsi", "scsi01", "scsi1-", "1-3", ""])(
    "says of %o that it is no range of drive slots",
    (range) => {
      expect(expandSlots(range)).toBeUndefined();
    },
  );

  it("leaves out what is no slot when a whole list is read", () => {
    expect([...slotSet(["scsi1-2", "floppy0", "sata5"])]).toStrictEqual(["scsi1", "scsi2", "sata5"]);
  });
});

describe("busOf", () => {
  it.each([
    ["ide3", "ide"],
    ["ide4", undefined],
    ["sata5", "sata"],
    ["sata6", undefined],
    ["scsi30", "scsi"],
    ["scsi31", undefined],
    ["virtio15", "virtio"],
    ["virtio16", undefined],
    ["efidisk0", undefined],
    ["unused0", undefined],
    ["constructor0", undefined],
  ])("gives the bus of %s as %s", (slot, bus) => {
    expect(busOf(slot)).toBe(bus);
  });
});

describe("a volume", () => {
  it.each([
    ["local-lvm:vm-102-disk-0", "local-lvm", 102],
    ["local:102/vm-102-disk-0.qcow2", "local", 102],
    ["local:9000/base-9000-disk-0.qcow2/102/vm-102-disk-0.qcow2", "local", 102],
    ["rbd:base-9000-disk-0/vm-102-disk-0", "rbd", 102],
    ["local-lvm:base-9000-disk-0", "local-lvm", 9000],
    ["local-lvm:vm-9999-pvc-1f", "local-lvm", 9999],
    ["local:102/data.qcow2", "local", 102],
    ["local:102/vm-200-disk-0.qcow2", "local", 102],
    ["nas:102/base-9000-disk-0.raw", "nas", 102],
    ["local:9000/golden.qcow2/102/vm-9000-disk-0.qcow2", "local", 102],
    ["zfs:base-9000-disk-0/vm-102-disk-1", "zfs", 102],
    ["zfs:basevol-9000-disk-0/subvol-102-disk-0", "zfs", 102],
    ["san:0.0.0.scsi-36001405vm-102-1", "san", undefined],
    ["san:lun3", "san", undefined],
    ["local:iso/debian.iso", "local", undefined],
    ["local:iso/vm-102-disk-0.iso", "local", undefined],
    ["local:import/vm-102-disk-0.qcow2", "local", undefined],
    ["local-lvm:32", "local-lvm", undefined],
    ["local-lvm:disk-102", "local-lvm", undefined],
    ["/dev/disk/by-id/vm-102-disk-0", undefined, undefined],
    ["none", undefined, undefined],
  ])("%s is on %s and owned by %s", (volume, datastore, owner) => {
    expect([datastoreOf(volume), ownerOf(volume)]).toStrictEqual([datastore, owner]);
  });
});

describe("a drive", () => {
  it.each([
    ["none,media=cdrom", true, false],
    ["cdrom", true, false],
    ["local:iso/x.iso,media=cdrom", true, false],
    ["local-lvm:vm-102-cloudinit,media=cdrom", true, true],
    ["local:102/vm-102-cloudinit.qcow2", true, true],
    ["local-lvm:cloudinit", true, true],
    ["local-lvm:vm-102-disk-0,media=disk", false, false],
  ])("%s is a CD-ROM: %s, with cloud-init: %s", (text, cdrom, cloudInit) => {
    const drive = parseDrive("ide2", text);
    expect([isCdrom(drive), isCloudInit(drive)]).toStrictEqual([cdrom, cloudInit]);
  });

  it("is printed in Proxmox's order with its numbers as they were written", () => {
    const text = "ssd=1,mbps_rd=60.0,iops_rd=+100,file=local-lvm:vm-100-disk-0,bps_rd_length=5";
    expect(printDrive(parseDrive("scsi0", text))).toBe(
      "local-lvm:vm-100-disk-0,bps_rd_max_length=5,iops_rd=+100,mbps_rd=60.0,ssd=1",
    );
  });
});

describe("a size", () => {
  it.each([
    ["32G", 34_359_738_368, "32G"],
    ["1.5G", 1_610_612_736, "1536M"],
    ["512", 512, "512"],
    ["1024GiB", 1_099_511_627_776, "1T"],
    ["0", 0, "0T"],
  ])("%s is %i bytes and printed %s", (text, bytes, printed) => {
    expect(parseSize(text)).toBe(bytes);
    expect(printSize(bytes)).toBe(printed);
  });

  it.each(["32g", "32GB", "-1G", "G", "5iB", "", "1e3"])("is not %o", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
