import type { CapsSpec } from "./caps-spec.ts";
import type { HostPciSpec, UsbSpec } from "./device-spec.ts";
import type { DriveSpec } from "./drive-spec.ts";
import type { CloudInitSpec } from "./guest-spec.ts";
import type { NicSpec } from "./nic-spec.ts";
import { splitSlot } from "./slots.ts";

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

/**
 * One drive for the official provider.
 *
 * @param image the image to import into it, if any
 */
export function diskArgs(slot: string, drive: DriveSpec, image: string | undefined) {
  const [bus] = splitSlot(slot);
  const speed = speedArgs(drive.caps ?? {});
  return {
    interface: slot,
    // Empty means: where the template has it. Left out, the provider would move the drive to local-lvm.
    datastoreId: drive.datastore ?? "",
    ...(drive.sizeGiB !== undefined && { size: drive.sizeGiB }),
    ...(image !== undefined && { importFrom: image }),
    aio: drive.aio ?? "io_uring",
    ...((bus === "scsi" || bus === "virtio") && { iothread: drive.iothread ?? false }),
    cache: drive.cache ?? "none",
    discard: drive.discard === true ? "on" : "ignore",
    ...(bus !== "virtio" && { ssd: drive.ssd ?? false }),
    backup: drive.backup ?? true,
    ...(Object.keys(speed).length > 0 && { speed }),
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
    model: nic.model ?? "virtio",
    ...(nic.bridge !== undefined && { bridge: nic.bridge }),
    ...(nic.vlan !== undefined && { vlanId: nic.vlan }),
    ...(nic.trunks !== undefined && { trunks: nic.trunks.join(";") }),
    ...(nic.mac !== undefined && { macAddress: nic.mac.toUpperCase() }),
    ...(nic.firewall !== undefined && { firewall: nic.firewall }),
    ...(nic.rateMBps !== undefined && { rateLimit: nic.rateMBps }),
    ...(nic.mtu !== undefined && { mtu: nic.mtu }),
    ...(nic.queues !== undefined && { queues: nic.queues }),
    ...(nic.linkDown !== undefined && { disconnected: nic.linkDown }),
  };
}

/** One PCI device for the official provider. */
export function hostPciArgs(slot: string, device: HostPciSpec) {
  return {
    device: slot,
    ...(device.mapping !== undefined && { mapping: device.mapping }),
    pcie: device.pcie ?? false,
    rombar: device.rombar ?? true,
    xvga: device.primaryGpu ?? false,
    ...(device.romFile !== undefined && { romFile: device.romFile }),
    ...(device.mdev !== undefined && { mdev: device.mdev }),
  };
}

/** One USB device for the official provider. */
export function usbArgs(device: UsbSpec) {
  return {
    ...(device.mapping !== undefined && { mapping: device.mapping }),
    ...(device.host !== undefined && { host: device.host }),
    usb3: device.usb3 ?? false,
  };
}

/** Cloud-init for the official provider. */
export function cloudInitArgs(spec: CloudInitSpec) {
  const slots = Object.keys(spec.ipConfigs ?? {});
  const count = Math.max(0, ...slots.map((slot) => splitSlot(slot)[1] + 1));
  return {
    ...(spec.datastore !== undefined && { datastoreId: spec.datastore }),
    interface: spec.interface ?? "ide2",
    // The provider numbers them as they come, so that a gap needs an empty place.
    ipConfigs: Array.from({ length: count }, (_, index) => spec.ipConfigs?.[`ipconfig${index}`] ?? {}),
    ...((spec.nameservers ?? spec.searchDomain) !== undefined && {
      dns: {
        ...(spec.nameservers !== undefined && { servers: spec.nameservers }),
        ...(spec.searchDomain !== undefined && { domain: spec.searchDomain }),
      },
    }),
    ...((spec.user ?? spec.sshKeys) !== undefined && {
      userAccount: {
        ...(spec.user !== undefined && { username: spec.user }),
        ...(spec.sshKeys !== undefined && { keys: spec.sshKeys.map((key) => key.trim()) }),
      },
    }),
  };
}
