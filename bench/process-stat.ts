/** Figures of one process. */
export interface ProcessStat {
  /** User and system time, in seconds. */
  readonly cpuSeconds: number;
  /** Memory that is resident now, in MiB; pages that are shared count in every process. */
  readonly residentMiB: number;
}

/** Ticks per second and bytes per page on every Linux that Node runs on. */
const ticks = 100;
const pageMiB = 4096 / 2 ** 20;

/** Reads /proc/PID/stat. @see proc_pid_stat(5) */
export function parseStat(text: string): ProcessStat {
  // The name in parentheses may hold blanks and parentheses; what is counted comes after it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    cpuSeconds: (field(14) + field(15)) / ticks,
    residentMiB: field(24) * pageMiB,
  };
}
