import type { WatchedVm } from "../stalls/look-round.ts";

/** When a write of a drive was last seen to complete. */
interface LastWrite {
  readonly operations: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** By slot. */
export type LastWrites = Readonly<Record<string, LastWrite>>;

/** Goes on by one look. A drive that is seen for the first time counts from when it last moved, or from now. */
export function lastWrites(before: LastWrites, { sample, verdict }: WatchedVm): LastWrites {
  const drives = Object.entries(sample.drives ?? {}).map(([slot, { writeOperations }]) => {
    const then = before[slot];
    const lastMoved = verdict.drives.find((drive) => drive.slot === slot)?.lastMoved;
    const first = { operations: writeOperations, at: lastMoved ?? sample.at };
    const moved = { operations: writeOperations, at: sample.at };
    return [slot, then === undefined ? first : then.operations === writeOperations ? then : moved] as const;
  });
  return Object.fromEntries(drives);
}

/** Seconds since then, by slot. */
export function ages(writes: LastWrites, now: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(writes).map(([slot, { at }]) => [slot, Math.max(0, (now - at) / 1000)]),
  );
}
