import { byBytes } from "./by-bytes.ts";
import { busOf, driveSchema, THROTTLE_LENGTHS, THROTTLE_RATES } from "./drive-schema.ts";
import { FormatError, isTrue, parseProperties } from "./property-string.ts";
import { formatSize, parseSize } from "./size.ts";

/** One drive: its volume and its options as text, exactly as they are written. */
export interface Drive {
  readonly slot: string;
  file: string;
  readonly options: Map<string, string>;
}

/** A drive whose keys contradict each other; Proxmox says only that it cannot parse it. */
export class DriveRuleError extends Error {}

const NEEDS: readonly (readonly [option: string, base: string])[] = [
  ["mbps_max", "mbps"],
  ["mbps_rd_max", "mbps_rd"],
  ["mbps_wr_max", "mbps_wr"],
  // No line for iops_*_max: Proxmox misspells those in its own table, so that they pass alone.
  ["bps_max_length", "mbps_max"],
  ["bps_rd_max_length", "mbps_rd_max"],
  ["bps_wr_max_length", "mbps_wr_max"],
  ["iops_max_length", "iops_max"],
  ["iops_rd_max_length", "iops_rd_max"],
  ["iops_wr_max_length", "iops_wr_max"],
];

function crossKeyError(slot: string, options: ReadonlyMap<string, string>): string | undefined {
  const isSet = (key: string) => isTrue(options.get(key));
  for (const total of ["mbps", "iops"]) {
    if (!isSet(total)) continue;
    for (const direction of [`${total}_rd`, `${total}_wr`]) {
      if (isSet(direction)) return `${total} and ${direction} are exclusive`;
    }
  }
  const unmet = NEEDS.find(([option, base]) => isSet(option) && !isSet(base));
  if (unmet !== undefined) return `${unmet[0]} requires ${unmet[1]}`;
  if (options.get("media") === "cdrom") {
    if (options.has("format") || options.get("snapshot") === "1") return "not an option of a CD-ROM";
    if (slot.startsWith("virtio")) return "a CD-ROM cannot be on virtio";
  }
  return undefined;
}

/**
 * Reads a drive string as the API does.
 * @throws FormatError for a bad key or value, DriveRuleError for keys that exclude each other
 */
export function parseDrive(slot: string, source: string): Drive {
  const bus = busOf(slot);
  if (bus === undefined) throw new DriveRuleError(`no such slot: ${slot}`);
  const options = parseProperties(driveSchema(bus), slot, source);
  const file = options.get("file") ?? "";
  options.delete("file");
  for (const suffix of ["", "_rd", "_wr"]) {
    // Proxmox's conversion of the legacy byte keys loses the value: whatever was given becomes zero.
    if (!options.delete(`bps${suffix}`)) continue;
    if (options.has(`mbps${suffix}`))
      throw new DriveRuleError(`both bps${suffix} and mbps${suffix} specified`);
    options.set(`mbps${suffix}`, "0.000");
  }
  const sizeText = options.get("size");
  if (sizeText !== undefined) options.set("size", formatSize(parseSize(sizeText) ?? 0));
  const conflict = crossKeyError(slot, options);
  if (conflict !== undefined) throw new DriveRuleError(conflict);
  return { slot, file, options };
}

/** Reads a stored string; a line that no longer parses is undefined, as it is for Proxmox. */
export function readDrive(slot: string, source: string | undefined): Drive | undefined {
  if (source === undefined) return undefined;
  try {
    return parseDrive(slot, source);
  } catch (error) {
    if (error instanceof FormatError || error instanceof DriveRuleError) return undefined;
    throw error;
  }
}

/** The canonical text: volume first, then every key in byte order, values as they were written. */
export function printDrive(drive: Drive): string {
  const keys = [...drive.options.keys()].sort(byBytes);
  return [drive.file, ...keys.map((key) => `${key}=${drive.options.get(key) ?? ""}`)].join(",");
}

export function isCdrom(drive: Drive): boolean {
  return drive.options.get("media") === "cdrom";
}

/** By the name alone, whatever the medium is called; a new one, `STORE:cloudinit`, is one too (qemu-server, `Drive.pm`). */
export function isCloudInit(drive: Drive): boolean {
  return /[:/](?:vm-\d+-)?cloudinit(?:\.(?:raw|qcow2?|qed|vmdk|cloop))?$/.test(drive.file);
}

/** The limits that QEMU would be given, by key; only those that limit something. */
export function throttleOf(drive: Drive): Record<string, number> {
  const limits: Record<string, number> = {};
  for (const key of [...THROTTLE_RATES, ...THROTTLE_LENGTHS]) {
    const value = Number(drive.options.get(key) ?? 0);
    if (value !== 0) limits[key] = value;
  }
  return limits;
}

function numbersDiffer(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left !== right;
  return Number(left) !== Number(right);
}

/** Whether the limits of two strings differ as numbers; a written zero differs from nothing. */
export function throttleDiffers(left: Drive, right: Drive): boolean {
  return [...THROTTLE_RATES, ...THROTTLE_LENGTHS].some((key) =>
    numbersDiffer(left.options.get(key), right.options.get(key)),
  );
}
