/** Something that a person must decide or correct before anything is written. */
export interface Problem {
  /** Property path, such as `drives.scsi0.mbps_rd`. */
  readonly path: string;
  /** What is wrong (got ...); what is allowed; what to do. */
  readonly reason: string;
}

/** A problem in the one form that all errors have. */
export function problem(path: string, wrong: string, got: unknown, allowed: string, fix: string): Problem {
  const shown = got === undefined ? "nothing" : typeof got === "string" ? got : JSON.stringify(got);
  return { path, reason: `${wrong} (got ${shown}); ${allowed}; ${fix}` };
}
