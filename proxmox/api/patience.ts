import { setTimeout as delay } from "node:timers/promises";

/** How long Proxmox is waited for, and how often something is tried again. Times in milliseconds. */
export interface Patience {
  /** Longest that one request may take. */
  readonly request: number;
  /** Pause before the first repetition; each further one is twice as long. */
  readonly pause: number;
  /** Repetitions after the first try. */
  readonly repeats: number;
  /** Longest that a task is waited for. */
  readonly task: number;
  readonly now: () => number;
  /** Fails at once when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<unknown>;
}

/** Proxmox's own proxy gives up after 30 s, and its lock after 10 s: both answer before we stop listening. */
export const usualPatience: Patience = {
  request: 35_000,
  pause: 500,
  repeats: 3,
  task: 10 * 60_000,
  now: Date.now,
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal && { signal }),
};

/** Pauses before repetition `n`, counted from 1. */
export async function pauseBefore(n: number, { pause, sleep }: Patience): Promise<void> {
  await sleep(pause * 2 ** (n - 1));
}
