import type { Seed } from "../../emulator/seed.ts";

type SeedVm = Seed["vms"][number];

/** Drives as a hand would have made them: no aio, no cache, no iothread. */
const drives = (vmid: number) => ({
  boot: "order=scsi0;ide2;net0",
  ide2: "none,media=cdrom",
  scsi0: `local-lvm:vm-${vmid}-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1`,
  scsi1: `local-lvm:vm-${vmid}-disk-1,size=10G`,
  scsi2: `local-lvm:vm-9999-pvc-${vmid},backup=0,iothread=1,size=5G,wwn=0x5056432d49443032`,
  sata0: `local-lvm:vm-${vmid}-disk-2,size=8G`,
});

function vm(vmid: number, running: boolean, more: Record<string, string | number> = {}): SeedVm {
  return {
    vmid,
    running,
    config: {
      name: `vm${vmid}`,
      cores: 4,
      memory: 4096,
      agent: "1",
      onboot: 1,
      scsihw: "virtio-scsi-pci",
      net0: `virtio=BC:24:11:00:00:${String(vmid % 100).padStart(2, "0")},bridge=vmbr0,tag=10`,
      ...drives(vmid),
      ...more,
    },
  };
}

/** A running VM 100, a stopped VM 101 and a template 900. */
export const SMALL_SEED: Seed = {
  time: "2026-01-01T12:00:00Z",
  nodes: [
    { name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] },
    { name: "pve2", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] },
  ],
  storages: [
    {
      name: "local",
      type: "dir",
      content: ["backup", "images", "import", "iso"],
      totalGiB: 100,
      volumes: [
        { volid: "local:iso/x.iso", size: "112M" },
        { volid: "local:import/x.qcow2", size: "3584M" },
      ],
    },
    {
      name: "local-lvm",
      type: "lvmthin",
      content: ["images"],
      totalGiB: 1000,
      volumes: [{ volid: "local-lvm:vm-9999-pvc-spare", size: "7G" }],
    },
  ],
  pools: [{ name: "lab", comment: "for tests", vms: [100] }],
  passwords: { "root@pam": "emulated" },
  tokens: [
    { id: "narrow@pve!memory", secret: "s", acl: { "/vms/100": ["VM.Audit", "VM.Config.Memory"] } },
    {
      id: "narrow@pve!disk",
      secret: "s",
      acl: { "/vms": ["VM.Audit", "VM.Config.Disk"], "/storage": ["Datastore.Audit"] },
    },
  ],
  vms: [
    vm(100, true),
    vm(101, false),
    {
      vmid: 900,
      config: {
        name: "golden",
        template: 1,
        memory: 2048,
        scsihw: "virtio-scsi-single",
        boot: "order=scsi0",
        scsi0: "local-lvm:base-900-disk-0,discard=on,size=4G",
        ide2: "local-lvm:vm-900-cloudinit,media=cdrom",
        net0: "virtio=BC:24:11:00:09:00,bridge=vmbr0",
        smbios1: "uuid=11111111-2222-4333-8444-555555555555",
        vmgenid: "11111111-2222-4333-8444-555555555556",
      },
    },
  ],
};
