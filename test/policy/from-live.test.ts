import { expect, test } from "vitest";
import { judgedFromLive } from "../../policy/from-live.ts";
import { said } from "./vms.ts";

test("the incident's VM is found: no scsihw line is lsi", () => {
  const vm = judgedFromLive({
    vmid: 102,
    status: "running",
    config: {
      name: "devvm",
      cores: 16,
      ide2: "none,media=cdrom",
      scsi0: "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
    },
  });
  expect(said([vm])).toEqual([
    "no-lsi-controller: scsihw of devvm must be a virtio controller (got nothing, which is lsi in Proxmox)",
    "drive-has-iothread: iothread of devvm scsi0 must be on (got nothing)",
    "aio-is-explicit: aio of devvm scsi0 must be declared (got nothing)",
    "serial-console-present: devvm must have a serial port (got none)",
  ]);
});

test("disks of a CSI driver are somebody else's and are not judged", () => {
  const vm = judgedFromLive({
    vmid: 205,
    status: "running",
    config: {
      name: "k8s-node5",
      scsihw: "virtio-scsi-pci",
      serial0: "socket",
      scsi0: "local-lvm:vm-205-disk-0,aio=threads,iothread=0,size=256G",
      scsi1: "local-lvm:vm-9999-pvc-1,backup=0,iothread=1,size=2G",
    },
  });
  expect(vm.drives).toEqual({
    scsi0: {
      file: "local-lvm:vm-205-disk-0",
      datastore: "local-lvm",
      aio: "threads",
      iothread: "0",
      size: "256G",
    },
  });
  expect(vm.options).toEqual({ foreignSlots: ["scsi1"], stopped: false });
  expect(said([vm])).toEqual([
    "drive-has-iothread: iothread of k8s-node5 scsi0 must be on (got 0)",
    "drive-has-caps: reads and writes of k8s-node5 scsi0 must be capped (got mbps_rd absent, mbps_wr absent)",
  ]);
});

test("a drive that no token may write is not called uncapped; a LUN and a file by another name are", () => {
  const rest = "aio=threads,iothread=1";
  const vm = judgedFromLive({
    vmid: 207,
    status: "running",
    config: {
      name: "files",
      scsihw: "virtio-scsi-single",
      serial0: "socket",
      scsi0: `/dev/disk/by-id/ata-EXAMPLE,${rest}`,
      scsi1: `local:iso/rescue.iso,${rest}`,
      scsi2: `san:0.0.0.scsi-36001405,${rest}`,
      scsi3: `local:207/vm-999-disk-0.qcow2,${rest}`,
      scsi4: `local:999/vm-207-disk-0.qcow2,${rest}`,
    },
  });
  expect(vm.options.foreignSlots).toEqual(["scsi4"]);
  expect(said([vm])).toEqual([
    "drive-has-caps: reads and writes of files scsi2 must be capped (got mbps_rd absent, mbps_wr absent)",
    "drive-has-caps: reads and writes of files scsi3 must be capped (got mbps_rd absent, mbps_wr absent)",
  ]);
});

test("a stopped VM that would start with its node is a zombie", () => {
  const vm = judgedFromLive({ vmid: 206, status: "stopped", config: { onboot: 1, serial0: "socket" } });
  expect(said([vm])).toEqual(["no-zombie-onboot: onboot of VM 206 must be off while it is stopped (got 1)"]);
});
