import type { DriveStatistics, VmStatistics } from "../../proxmox/api/vm-statistics.ts";
import { exclusionOf } from "./counter-looks.ts";
import type { DriveState } from "./drive-watch.ts";
import type { Excluded } from "./look.ts";
import type { StallRule } from "./stall-rule.ts";
import { standstillOf, type VmWatch } from "./vm-watch.ts";
import type { Vote } from "./votes.ts";

/** What is said of one drive. Times in milliseconds since the epoch. */
export interface DriveVerdict {
  readonly slot: string;
  readonly state: DriveState;
  /** The first look that found nothing completed. */
  readonly since?: number;
  /** Up to when something may have moved. */
  readonly lastMoved?: number;
  readonly calledAt?: number;
  readonly votes: readonly Vote[];
}

/** What is said of one VM. */
export interface VmVerdict {
  /** Why nothing is said of its drives; absent when something is. */
  readonly excluded?: Excluded;
  /** Proxmox's own word for it: `paused`, `migrate`. */
  readonly detail?: string;
  /** Drives that have ever written, by slot. */
  readonly drives: readonly DriveVerdict[];
}

/** The verdict on a VM as it is now. */
export function verdictOf(watch: VmWatch, now: VmStatistics, rule: StallRule): VmVerdict {
  const exclusion = exclusionOf(now, rule);
  const slots = Object.entries(now.drives ?? {})
    .filter(([, drive]) => hasWritten(drive))
    .map(([slot]) => slot)
    .toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }));
  const drives = slots.map((slot) => driveVerdict(watch, slot, rule));
  const said = exclusion.excluded === undefined ? drives : drives.filter(({ state }) => state === "stalled");
  return { ...exclusion, drives: said };
}

/** Whether somebody should look at the VM now. */
export function isFinding({ excluded, drives }: VmVerdict): boolean {
  return excluded === "io-error" || drives.some(({ state }) => state === "stalled");
}

/** Drives that only ever read, such as CD-ROMs and firmware, cannot be told from idle ones. */
function hasWritten({ writeOperations }: DriveStatistics): boolean {
  return writeOperations > 0;
}

function driveVerdict(watch: VmWatch, slot: string, rule: StallRule): DriveVerdict {
  const standstill = standstillOf(watch, slot, rule);
  if (standstill === undefined) return { slot, state: "moving", votes: [] };
  const { state, since, lastMoved, calledAt, votes } = standstill;
  return { slot, state, since, lastMoved, votes, ...(calledAt !== undefined && { calledAt }) };
}
