/** What a drive completed between two moments, in operations or in bytes. */
export interface Movement {
  /** Reads, writes, flushes and the rest. */
  readonly completed: number;
  readonly written: number;
}

/** Name of the movement of all drives together, which is all that a round robin database knows. */
export const allDrives = "all";

/** Why nothing can be said of a VM's drives. */
export type Excluded = "stopped" | "not running" | "io-error" | "locked" | "booting" | "unanswered";

/** What was seen of a VM between two moments, in milliseconds since the epoch. */
export interface Look {
  readonly from: number;
  readonly to: number;
  /** Absent while the VM runs and its statistics are served. */
  readonly excluded?: Excluded;
  /** Proxmox's own word for it: `paused`, `migrate`. */
  readonly detail?: string;
  /** Another QEMU process than before. */
  readonly restarted?: true;
  /** Share of the VM's CPUs, from 0 to 1. */
  readonly cpu?: number;
  /** Bytes per second. */
  readonly netout?: number;
  /** Percent. */
  readonly ioPressure?: number;
  readonly agent?: boolean;
  /** By slot, and {@link allDrives}; a drive of which nothing is known is absent. */
  readonly drives: Readonly<Record<string, Movement>>;
}
