import type { VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import type { CapsSpec } from "../spec/caps-spec.ts";
import type { HostPciSpec } from "../spec/device-spec.ts";
import type { DriveSpec } from "../spec/drive-spec.ts";
import type { CloudInitSpec } from "../spec/guest-spec.ts";
import type { NicSpec } from "../spec/nic-spec.ts";
import { splitSlot } from "../spec/slots.ts";

/** The official provider's name of each cap that it knows; it has no totals and no burst lengths. */
const speedKeys = {
  readMiBps: "read",
  writeMiBps: "write",
  readBurstMiBps: "readBurstable",
  writeBurstMiBps: "writeBurstable",
  readIops: "iopsRead",
  writeIops: "iopsWrite",
  readBurstIops: "iopsReadBurstable",
  writeBurstIops: "iopsWriteBurstable",
} as const satisfies Partial<Record<keyof CapsSpec, string>>;

/** One drive for the official provider. */
export function diskArgs(slot: string, drive: DriveSpec) {
  const speed = speedArgs(drive.caps ?? {});
  return {
    interface: slot,
    // Empty means: where the template has it. Left out, the provider would move the drive to local-lvm.
    datastoreId: drive.datastore ?? "",
    size: drive.sizeGiB,
    aio: drive.aio,
    iothread: drive.iothread,
    cache: drive.cache,
    discard: drive.discard === true ? "on" : "ignore",
    ssd: drive.ssd,
    backup: drive.backup,
    speed: Object.keys(speed).length === 0 ? undefined : speed,
  };
}

/** The caps that the official provider can express; a 0 means no limit and is left out. */
function speedArgs(caps: CapsSpec): Record<string, number> {
  return Object.fromEntries(
    Object.entries(speedKeys).flatMap(([key, name]) => {
      const value = caps[key as keyof typeof speedKeys] ?? 0;
      return value > 0 ? [[name, value]] : [];
    }),
  );
}

/** One network device for the official provider. */
export function networkDeviceArgs(nic: NicSpec) {
  return {
    model: nic.model,
    bridge: nic.bridge,
    vlanId: nic.vlan,
    trunks: nic.trunks?.join(";"),
    macAddress: nic.mac?.toUpperCase(),
    firewall: nic.firewall,
    rateLimit: nic.rateMBps,
    mtu: nic.mtu,
    queues: nic.queues,
    disconnected: nic.linkDown,
  };
}

/** One PCI device for the official provider. */
export function hostPciArgs(slot: string, device: HostPciSpec) {
  return {
    device: slot,
    mapping: device.mapping,
    pcie: device.pcie,
    rombar: device.rombar,
    xvga: device.primaryGpu,
    romFile: device.romFile,
    mdev: device.mdev,
  };
}

/** Cloud-init for the official provider. */
export function cloudInitArgs(spec: CloudInitSpec): NonNullable<VmLegacyArgs["initialization"]> {
  const indexes = Object.keys(spec.ipConfigs ?? {}).map((slot) => splitSlot(slot)[1]);
  return {
    datastoreId: spec.datastore,
    interface: spec.interface,
    vendorDataFileId: spec.vendorData,
    // The provider numbers them as they come, so that a gap needs an empty place.
    ipConfigs: Array.from(
      { length: Math.max(-1, ...indexes) + 1 },
      (_, index) => spec.ipConfigs?.[`ipconfig${index}`] ?? {},
    ),
    dns:
      spec.nameservers || spec.searchDomain
        ? { servers: spec.nameservers, domain: spec.searchDomain }
        : undefined,
    userAccount:
      spec.user || spec.sshKeys
        ? { username: spec.user, keys: spec.sshKeys?.map((key) => key.trim()) }
        : undefined,
  };
}
