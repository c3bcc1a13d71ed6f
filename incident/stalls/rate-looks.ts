import type { VmRates } from "../../proxmox/api/vm-statistics.ts";
import { allDrives, type Look } from "./look.ts";

/** Milliseconds that a row stands for, up to its time. */
const step = 60_000;

/**
 * The looks that a round robin database already had, one a minute. Rows that reach back behind the start of the
 * process, or lie beyond `until`, are left out; a row without disk rates says nothing of the drives.
 *
 * @param since start of what may be used, in milliseconds since the epoch
 */
export function looksFromRates(rows: readonly VmRates[], since: number, until: number): Look[] {
  return rows
    .filter(({ at }) => at - step >= since && at <= until)
    .map(({ at, diskread, diskwrite, cpu, netout, ioPressure }) => ({
      from: at - step,
      to: at,
      drives:
        diskread === undefined || diskwrite === undefined
          ? {}
          : { [allDrives]: { completed: diskread + diskwrite, written: diskwrite } },
      ...(cpu !== undefined && { cpu }),
      ...(netout !== undefined && { netout }),
      ...(ioPressure !== undefined && { ioPressure }),
    }));
}
