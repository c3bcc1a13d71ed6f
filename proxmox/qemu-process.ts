/** What tells one QEMU process from another; a VM that is stopped has neither. */
export interface QemuProcess {
  readonly pid?: number;
  /** UTC, ISO 8601, by the clock of the machine that asked. */
  readonly startedAt?: string;
}

/** Uptime counts whole seconds, so the same start is seen some seconds apart. */
const roundingMs = 5_000;
/** Clocks of two machines that ask may differ by so much; a node that boots again takes longer to reach its old ids. */
const clocksMs = 600_000;

/**
 * Whether two looks saw one QEMU process. `unknown` is the same id with starts that only differing clocks could explain,
 * or starts close together without an id.
 */
export type ProcessComparison = "same" | "another" | "unknown";

/** Compares a process with one that was seen before. */
export function compareProcesses(before: QemuProcess, now: QemuProcess): ProcessComparison {
  if (before.startedAt === undefined || now.startedAt === undefined) return "another";
  const apart = Math.abs(Date.parse(before.startedAt) - Date.parse(now.startedAt));
  if (before.pid !== undefined && now.pid !== undefined && before.pid !== now.pid) return "another";
  if (apart <= roundingMs) return "same";
  return apart <= clocksMs ? "unknown" : "another";
}
