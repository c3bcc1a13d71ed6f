import type { Seed } from "../../emulator/seed.ts";

export const firstVmid = 1000;

/** A disk that a CSI driver owns, on every VM. */
export const foreignDrive = (vmid: number): string =>
  `local-lvm:vm-9999-pvc-${vmid},backup=0,iothread=1,size=1G,wwn=0x5056432d000000ff`;

/** `count` equal running VMs on node pve, and a second node to which they can move. */
export function estateOf(count: number): Seed {
  const node = (name: string) => ({ name, cores: 16, memoryGiB: 64, bridges: ["vmbr0"] });
  return {
    nodes: [node("pve"), node("pve2")],
    storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 100_000, volumes: [] }],
    pools: [],
    passwords: {},
    tokens: [],
    vms: Array.from({ length: count }, (_, index) => ({
      vmid: firstVmid + index,
      running: true,
      config: {
        name: `vm${index}`,
        cores: 4,
        memory: 4096,
        boot: "order=scsi0",
        scsihw: "virtio-scsi-single",
        scsi0: `local-lvm:vm-${firstVmid + index}-disk-0,mbps_rd=60,mbps_wr=60,size=32G`,
        scsi1: foreignDrive(firstVmid + index),
      },
    })),
  };
}
