import type { Scalar } from "../../proxmox/declared.ts";
import type { CapsSpec } from "../spec/caps-spec.ts";
import type { DriveSpec } from "../spec/drive-spec.ts";
import type { NicSpec } from "../spec/nic-spec.ts";
import { defined } from "./records.ts";

/** Proxmox's name of each cap. Its `mbps` are MiB/s. */
export const capKeys = {
  readMiBps: "mbps_rd",
  writeMiBps: "mbps_wr",
  totalMiBps: "mbps",
  readBurstMiBps: "mbps_rd_max",
  writeBurstMiBps: "mbps_wr_max",
  totalBurstMiBps: "mbps_max",
  readBurstMiBpsSeconds: "bps_rd_max_length",
  writeBurstMiBpsSeconds: "bps_wr_max_length",
  totalBurstMiBpsSeconds: "bps_max_length",
  readIops: "iops_rd",
  writeIops: "iops_wr",
  totalIops: "iops",
  readBurstIops: "iops_rd_max",
  writeBurstIops: "iops_wr_max",
  totalBurstIops: "iops_max",
  readBurstIopsSeconds: "iops_rd_max_length",
  writeBurstIopsSeconds: "iops_wr_max_length",
  totalBurstIopsSeconds: "iops_max_length",
} as const satisfies Readonly<Record<keyof CapsSpec, string>>;

/** A drive in Proxmox's keys. */
export function proxmoxDrive({ caps, discard, sizeGiB, ...same }: DriveSpec): Record<string, Scalar> {
  return defined({
    ...same,
    discard: discard === undefined ? undefined : discard ? "on" : "ignore",
    size: sizeGiB === undefined ? undefined : `${sizeGiB}G`,
    ...Object.fromEntries(
      Object.entries(caps ?? {}).map(([key, value]) => [capKeys[key as keyof CapsSpec], value]),
    ),
  });
}

/** A network device in Proxmox's keys. */
export function proxmoxNic(nic: NicSpec): Record<string, Scalar> {
  return defined({
    model: nic.model,
    macaddr: nic.mac?.toUpperCase(),
    bridge: nic.bridge,
    tag: nic.vlan,
    trunks: nic.trunks?.join(";"),
    firewall: nic.firewall,
    rate: nic.rateMBps,
    mtu: nic.mtu,
    queues: nic.queues,
    link_down: nic.linkDown,
  });
}
