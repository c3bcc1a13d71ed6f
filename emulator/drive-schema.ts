import type { PropertySchema } from "./property-string.ts";
import { bool, formatted, integer, number, oneOf, type Rule, required } from "./rule.ts";
import { parseSize } from "./size.ts";
import { driveFile, urlEncoded, volumeId, volumeOrPath } from "./text-formats.ts";

export type Bus = "ide" | "sata" | "scsi" | "virtio" | "efidisk" | "tpmstate" | "unused";

const SLOTS: Readonly<Record<Bus, number>> = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  efidisk: 1,
  tpmstate: 1,
  unused: 256,
};
const SLOT = /^(ide|sata|scsi|virtio|efidisk|tpmstate|unused)(0|[1-9]\d*)$/;

function isBus(name: string | undefined): name is Bus {
  return name !== undefined && Object.hasOwn(SLOTS, name);
}

/** The bus of a slot name such as `scsi0`; undefined when no such slot exists (`scsi31`). */
export function busOf(slot: string): Bus | undefined {
  const match = SLOT.exec(slot);
  const bus = match?.[1];
  return isBus(bus) && Number(match?.[2]) < SLOTS[bus] ? bus : undefined;
}

/** Whether the key is a drive that a guest sees, which `unusedN` is not. */
export function isDriveKey(key: string): boolean {
  const bus = busOf(key);
  return bus !== undefined && bus !== "unused";
}

/** Every slot of a bus, in order. */
export function slotsOf(bus: Bus): readonly string[] {
  return Array.from({ length: SLOTS[bus] }, (_, index) => `${bus}${index}`);
}

const volume: Rule = required(formatted(driveFile));
const size: Rule = formatted((value) =>
  parseSize(value) === undefined ? `value does not look like a valid disk size: ${value}` : undefined,
);
const diskFormat = oneOf("raw", "qcow", "qed", "qcow2", "vmdk", "cloop");
const seconds = integer(1);

/** Base limit keys and burst keys, in the units of the config: MiB/s and operations per second. */
export const THROTTLE_RATES = [
  "mbps",
  "mbps_rd",
  "mbps_wr",
  "mbps_max",
  "mbps_rd_max",
  "mbps_wr_max",
  "iops",
  "iops_rd",
  "iops_wr",
  "iops_max",
  "iops_rd_max",
  "iops_wr_max",
] as const;

/** How long a burst may last, in seconds; one second when absent. */
export const THROTTLE_LENGTHS = [
  "bps_max_length",
  "bps_rd_max_length",
  "bps_wr_max_length",
  "iops_max_length",
  "iops_rd_max_length",
  "iops_wr_max_length",
] as const;

/** A change in any of these keeps the whole drive waiting for a cold start. */
export const BLOCKING_KEYS = [
  "aio",
  "discard",
  "iothread",
  "queues",
  "product",
  "cache",
  "ssd",
  "vendor",
  "ro",
] as const;

const throttle: Readonly<Record<string, Rule>> = Object.fromEntries([
  ...THROTTLE_RATES.map((key) => [key, key.startsWith("iops") ? integer() : number] as const),
  ...THROTTLE_LENGTHS.map((key) => [key, seconds] as const),
  // The legacy byte keys are accepted and then broken by Proxmox itself; drive-string.ts does the same.
  ...["bps", "bps_rd", "bps_wr"].map((key) => [key, integer()] as const),
]);

const common: Readonly<Record<string, Rule>> = {
  file: volume,
  media: oneOf("cdrom", "disk"),
  snapshot: bool,
  cache: oneOf("none", "writethrough", "writeback", "unsafe", "directsync"),
  format: diskFormat,
  size,
  backup: bool,
  replicate: bool,
  rerror: oneOf("ignore", "report", "stop"),
  werror: oneOf("enospc", "ignore", "report", "stop"),
  aio: oneOf("native", "threads", "io_uring"),
  discard: oneOf("ignore", "on"),
  detect_zeroes: bool,
  serial: { ...formatted(urlEncoded), maxLength: 60 },
  shared: bool,
  ...throttle,
};
const ssd: Readonly<Record<string, Rule>> = {
  ssd: bool,
  wwn: { type: "string", pattern: /^0x[0-9a-fA-F]{16}$/ },
};
const iothread: Readonly<Record<string, Rule>> = { iothread: bool, ro: bool };

const aliases = {
  volume: { to: "file" },
  bps_rd_length: { to: "bps_rd_max_length" },
  bps_wr_length: { to: "bps_wr_max_length" },
  iops_rd_length: { to: "iops_rd_max_length" },
  iops_wr_length: { to: "iops_wr_max_length" },
};

function schema(...parts: readonly Readonly<Record<string, Rule>>[]): PropertySchema {
  return { defaultKey: "file", keys: Object.assign({}, ...parts), aliases };
}

const SCHEMAS: Readonly<Record<Bus, PropertySchema>> = {
  ide: schema(common, ssd, { model: { ...formatted(urlEncoded), maxLength: 120 } }),
  sata: schema(common, ssd),
  scsi: schema(common, ssd, iothread, {
    queues: integer(2),
    scsiblock: bool,
    product: { type: "string", pattern: /^[A-Za-z0-9\-_\s]{0,16}$/ },
    vendor: { type: "string", pattern: /^[A-Za-z0-9\-_\s]{0,8}$/ },
  }),
  virtio: schema(common, iothread),
  efidisk: schema({
    file: volume,
    format: diskFormat,
    size,
    efitype: oneOf("2m", "4m"),
    "pre-enrolled-keys": bool,
    "ms-cert": oneOf("2011", "2023", "2023w", "2023k"),
  }),
  tpmstate: schema({
    file: volume,
    format: oneOf("raw", "qcow2", "vmdk"),
    size,
    version: oneOf("v1.2", "v2.0"),
  }),
  unused: {
    defaultKey: "file",
    keys: { file: required(formatted(volumeId)) },
    aliases: { volume: { to: "file" } },
  },
};

/** What may stand in a config file. */
export function storedDriveSchema(bus: Bus): PropertySchema {
  return SCHEMAS[bus];
}

/** What a request may say, which may also ask for a new volume. */
export function driveSchema(bus: Bus): PropertySchema {
  if (bus === "unused") return SCHEMAS.unused;
  return { ...SCHEMAS[bus], keys: { ...SCHEMAS[bus].keys, "import-from": formatted(volumeOrPath) } };
}
