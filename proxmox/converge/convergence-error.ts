import type { Change } from "../plan.ts";
import { changeLines } from "../report.ts";

/** What a convergence that stopped midway had done by then. */
export interface Account {
  /** Changes that the VM has. */
  readonly written: readonly Change[];
  /** Changes that should be live and that Proxmox has left pending. */
  readonly pending: readonly Change[];
  /** Changes that the VM does not have. */
  readonly missing: readonly Change[];
  /** Changes that were sent, and nobody could look whether the VM has them. */
  readonly doubtful: readonly Change[];
}

/** A convergence that stopped midway; its message says what was and what was not written. */
export class ConvergenceError extends Error implements Account {
  readonly written: readonly Change[];
  readonly pending: readonly Change[];
  readonly missing: readonly Change[];
  readonly doubtful: readonly Change[];

  constructor(reason: string, account: Account, cause?: unknown) {
    super(`${reason}\n${accountReport(account)}`, { cause });
    this.name = "ConvergenceError";
    this.written = account.written;
    this.pending = account.pending;
    this.missing = account.missing;
    this.doubtful = account.doubtful;
  }
}

function accountReport({ written, pending, missing, doubtful }: Account): string {
  const isNothing = written.length + pending.length + doubtful.length === 0;
  return [
    isNothing && "nothing was written",
    written.length > 0 && `written:\n${changeLines(written)}`,
    pending.length > 0 &&
      `left pending, not in effect (what QEMU has no part in becomes so with the next write by anybody, the rest at a cold stop and start; to have it before, run again):\n${changeLines(pending)}`,
    missing.length > 0 && `not written:\n${changeLines(missing)}`,
    doubtful.length > 0 && `sent, and not known whether it took effect:\n${changeLines(doubtful)}`,
  ]
    .filter((part) => part !== false)
    .join("\n");
}
