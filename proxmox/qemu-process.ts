/** What tells one QEMU process from another; a VM that is stopped has neither. */
export interface QemuProcess {
  readonly pid?: number;
  /** UTC, ISO 8601, by the clock of the machine that asked. */
  readonly startedAt?: string;
}

/** Uptime counts whole seconds, so the same start is seen some seconds apart. */
const roundingMs = 5_000;
/** Two machines that ask may have clocks that differ, and a node that booted again may give the same pid. */
const clocksMs = 60_000;

/** Whether both are one process, seen at two moments. */
export function isSameProcess(before: QemuProcess, now: QemuProcess): boolean {
  if (before.startedAt === undefined || now.startedAt === undefined) return false;
  const apart = Math.abs(Date.parse(before.startedAt) - Date.parse(now.startedAt));
  if (before.pid === undefined || now.pid === undefined) return apart <= roundingMs;
  return before.pid === now.pid && apart <= clocksMs;
}
