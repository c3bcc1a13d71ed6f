import type { VmStatistics } from "../../proxmox/api/vm-statistics.ts";
import { caps } from "../../proxmox/drive-keys.ts";
import type { VmVerdict } from "../stalls/verdict.ts";

/** Which way data goes; `total` limits both together. */
type Direction = "read" | "write" | "total";

/** A limit of one drive. */
export interface CapFigure {
  readonly direction: Direction;
  readonly unit: "bytes" | "operations";
  /** Per second. */
  readonly limit: number;
}

/** What is configured of one drive. */
export interface ConfiguredDrive {
  readonly caps: readonly CapFigure[];
  /** No cap where policy demands one. */
  readonly uncapped: boolean;
}

/** All that is exposed of one VM. */
export interface VmFigures {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly statistics: VmStatistics;
  readonly verdict: VmVerdict;
  /** Keys that wait for a cold stop and start. */
  readonly pendingChanges: number;
  /** Declared keys that are not as declared; absent when the VM is not declared. */
  readonly driftedKeys?: number;
  /** The VM's own data drives, by slot. */
  readonly configured: Readonly<Record<string, ConfiguredDrive>>;
  /** Seconds since a write was last seen to complete, by slot. */
  readonly lastWriteAge: Readonly<Record<string, number>>;
  /** Seconds since anything was last seen to complete, by slot; 0 while operations complete. */
  readonly standstill: Readonly<Record<string, number>>;
}

/** How the exporter itself fares. */
export interface ExporterFigures {
  /** Whether the last poll read Proxmox, and is not too old. */
  readonly success: boolean;
  /** Seconds since the epoch; absent before the first. */
  readonly lastSuccess?: number;
  /** Polls that failed, and VMs that could not be read, since the start. */
  readonly errors: number;
  /** Seconds that the last poll took. */
  readonly duration: number;
  /** VMs that the last poll could not read. */
  readonly unread: number;
}

const directions: Readonly<Record<string, Direction>> = { rd: "read", wr: "write" };
const mebibyte = 2 ** 20;

/** The limits of a drive's keys, those that are 0 left out: 0 is no limit. */
export function capFigures(drive: Readonly<Record<string, string>>): CapFigure[] {
  return caps.flatMap(({ base }): CapFigure[] => {
    const limit = Number(drive[base] ?? 0);
    if (!(limit > 0)) return [];
    const [kind = "", way = ""] = base.split("_");
    const direction = directions[way] ?? "total";
    return kind === "mbps"
      ? [{ direction, unit: "bytes", limit: limit * mebibyte }]
      : [{ direction, unit: "operations", limit }];
  });
}
