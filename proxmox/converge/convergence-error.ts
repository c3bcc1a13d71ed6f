import type { Change } from "../plan.ts";
import { changeLines } from "../report.ts";

/** What a convergence that stopped midway had done by then. */
export interface Account {
  /** Changes that the VM has. */
  readonly written: readonly Change[];
  /** Changes that the VM does not have. */
  readonly missing: readonly Change[];
  /** Changes that were sent, and nobody could look whether the VM has them. */
  readonly doubtful: readonly Change[];
  /** What another hand had left pending in keys that were written, and that was not written back. */
  readonly displaced: Readonly<Record<string, string>>;
}

/** A convergence that stopped midway; its message says what was and what was not written. */
export class ConvergenceError extends Error implements Account {
  readonly written: readonly Change[];
  readonly missing: readonly Change[];
  readonly doubtful: readonly Change[];
  readonly displaced: Readonly<Record<string, string>>;

  constructor(reason: string, account: Account, cause?: unknown) {
    super(`${reason}\n${accountReport(account)}`, { cause });
    this.name = "ConvergenceError";
    this.written = account.written;
    this.missing = account.missing;
    this.doubtful = account.doubtful;
    this.displaced = account.displaced;
  }
}

function accountReport({ written, missing, doubtful, displaced }: Account): string {
  const owed = Object.entries(displaced).map(([key, text]) => `  ${key}: ${text}`);
  return [
    written.length === 0
      ? doubtful.length === 0 && "nothing was written"
      : `written:\n${changeLines(written)}`,
    missing.length > 0 && `not written:\n${changeLines(missing)}`,
    doubtful.length > 0 && `sent, and not known whether it took effect:\n${changeLines(doubtful)}`,
    owed.length > 0 && `was pending by another hand and is not any more; set it again:\n${owed.join("\n")}`,
  ]
    .filter((part) => part !== false)
    .join("\n");
}
