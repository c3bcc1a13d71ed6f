import type { Bus } from "./drive-slots.ts";
import type { ChangeClass, KeyRule } from "./key-rule.ts";

/** A drive's key with the buses that have it. */
export interface DriveKeyRule extends KeyRule {
  readonly buses: readonly Bus[];
}

const all: readonly Bus[] = ["ide", "sata", "scsi", "virtio"];
const ssdBuses: readonly Bus[] = ["ide", "sata", "scsi"];
const threadBuses: readonly Bus[] = ["scsi", "virtio"];
const scsi: readonly Bus[] = ["scsi"];

const flag = (absent: string, change: ChangeClass, buses = all): DriveKeyRule => ({
  type: "boolean",
  absent,
  change,
  buses,
});
const oneOf = (values: readonly string[], change: ChangeClass, absent?: string): DriveKeyRule => ({
  type: "enum",
  values,
  change,
  buses: all,
  ...(absent !== undefined && { absent }),
});
const text = (change: ChangeClass, buses: readonly Bus[], rest: Partial<KeyRule> = {}): DriveKeyRule => ({
  type: "text",
  change,
  buses,
  ...rest,
});

const rate: DriveKeyRule = { type: "number", change: "live", absent: "0", buses: all };
const operations: DriveKeyRule = { type: "integer", change: "live", absent: "0", buses: all };
const seconds: DriveKeyRule = { type: "integer", change: "live", absent: "1", minimum: 1, buses: all };
/** What Proxmox takes for URL-encoded text. */
export const urlEncoded = /^[-%a-zA-Z0-9_.!~*'()]*$/;

/** One limit with its burst and the burst's length. */
export interface Cap {
  readonly base: string;
  readonly burst: string;
  readonly length: string;
}

/** The six limits: total, read and write, of throughput (MiB/s) and of operations per second. */
export const caps: readonly Cap[] = [
  { base: "mbps", burst: "mbps_max", length: "bps_max_length" },
  { base: "mbps_rd", burst: "mbps_rd_max", length: "bps_rd_max_length" },
  { base: "mbps_wr", burst: "mbps_wr_max", length: "bps_wr_max_length" },
  { base: "iops", burst: "iops_max", length: "iops_max_length" },
  { base: "iops_rd", burst: "iops_rd_max", length: "iops_rd_max_length" },
  { base: "iops_wr", burst: "iops_wr_max", length: "iops_wr_max_length" },
];

/** Whether the key is a limit or a burst, whose absence means 0 = unlimited. */
export function isCapKey(key: string): boolean {
  return caps.some(({ base, burst }) => key === base || key === burst);
}

const capKeys = Object.fromEntries(
  caps.flatMap(({ base, burst, length }) => {
    const limit = base.startsWith("mbps") ? rate : operations;
    return [
      [base, limit],
      [burst, limit],
      [length, seconds],
    ] as const;
  }),
);

/**
 * Every key of a drive that a guest sees, but the volume itself.
 * "cold" keys hold the whole string back until a cold start; "invisible" ones are in the config at once while
 * QEMU goes on with the old value, and no API shows that.
 * `aio` has no meaning when absent, for that depends on the storage.
 */
export const driveKeys: Readonly<Record<string, DriveKeyRule>> = {
  ...capKeys,
  aio: oneOf(["native", "threads", "io_uring"], "cold"),
  backup: flag("1", "live"),
  cache: oneOf(["none", "writethrough", "writeback", "unsafe", "directsync"], "cold", "none"),
  detect_zeroes: flag("1", "invisible"),
  discard: oneOf(["ignore", "on"], "cold", "ignore"),
  format: oneOf(["raw", "qcow", "qed", "qcow2", "vmdk", "cloop"], "live"),
  iothread: flag("0", "cold", threadBuses),
  media: oneOf(["cdrom", "disk"], "live", "disk"),
  model: text("invisible", ["ide"], { maxLength: 120, pattern: urlEncoded }),
  product: text("cold", scsi, { pattern: /^[A-Za-z0-9\-_\s]{0,16}$/ }),
  queues: { type: "integer", change: "cold", absent: "1", minimum: 2, buses: scsi },
  replicate: flag("1", "live"),
  rerror: oneOf(["ignore", "report", "stop"], "invisible"),
  ro: flag("0", "cold", threadBuses),
  scsiblock: flag("0", "invisible", scsi),
  serial: text("invisible", all, { maxLength: 60, pattern: urlEncoded }),
  shared: flag("0", "live"),
  size: { type: "size", change: "live", buses: all },
  snapshot: flag("0", "invisible"),
  ssd: flag("0", "cold", ssdBuses),
  vendor: text("cold", scsi, { pattern: /^[A-Za-z0-9\-_\s]{0,8}$/ }),
  werror: oneOf(["enospc", "ignore", "report", "stop"], "invisible"),
  wwn: text("invisible", ssdBuses, { pattern: /^0x[0-9a-fA-F]{16}$/ }),
};
