import { z } from "zod";

/** One minute, or another step, of a VM's figures. Rates are per second; undefined is unknown. */
export interface Point {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Bytes per second. */
  readonly diskwrite?: number;
  /** Bytes per second. */
  readonly diskread?: number;
  /** Bytes per second. */
  readonly netout?: number;
  /** Share of all of the VM's cores, 0 to 1. */
  readonly cpu?: number;
  /** Share of the time that some task waited for I/O, in percent. */
  readonly pressure?: number;
}

const figure = z.coerce.number().optional().catch(undefined);
const rows = z.array(
  z.looseObject({
    time: z.coerce.number(),
    diskwrite: figure,
    diskread: figure,
    netout: figure,
    cpu: figure,
    pressureiosome: figure,
  }),
);

/** The figures of `rrddata`, in the order of time; rows that say nothing are the VM not running. */
export function seriesOf(rrddata: unknown): Point[] {
  const parsed = rows.safeParse(rrddata);
  if (!parsed.success) return [];
  return parsed.data
    .map(({ time, diskwrite, diskread, netout, cpu, pressureiosome }) => ({
      at: time * 1000,
      ...(diskwrite !== undefined && { diskwrite }),
      ...(diskread !== undefined && { diskread }),
      ...(netout !== undefined && { netout }),
      ...(cpu !== undefined && { cpu }),
      ...(pressureiosome !== undefined && { pressure: pressureiosome }),
    }))
    .sort((one, other) => one.at - other.at);
}

/** A time during which a running VM wrote nothing although it had. */
export interface StallWindow {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** It was still so at the last figure. */
  readonly open: boolean;
}

/** Shorter silences are usual for a quiet guest. */
const leastMinutes = 3;

/**
 * The longest window in which `diskwrite` is exactly 0 after it was not, while the VM ran.
 * An idle VM has such windows too: this is where to look, not a verdict.
 */
export function stallWindow(series: readonly Point[]): StallWindow | undefined {
  let longest: StallWindow | undefined;
  let from: number | undefined;
  let wrote = false;
  for (const [index, { at, diskwrite, cpu }] of series.entries()) {
    const ran = cpu !== undefined && diskwrite !== undefined;
    const silent = ran && diskwrite === 0;
    if (silent && wrote) from ??= at;
    if (from !== undefined && (!silent || index === series.length - 1)) {
      const window = { from, to: at, open: silent };
      if (at - from >= leastMinutes * 60_000 && at - from >= length(longest)) longest = window;
      if (!silent) from = undefined;
    }
    // A VM that was stopped starts anew: what it wrote before says nothing.
    wrote = ran && (wrote || diskwrite > 0);
  }
  return longest;
}

function length(window: StallWindow | undefined): number {
  return window === undefined ? 0 : window.to - window.from;
}
