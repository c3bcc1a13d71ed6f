import type { Look, Movement } from "./look.ts";
import type { StallRule } from "./stall-rule.ts";
import { type Signals, signalsBetween, signalsNow, type Vote, votesOf } from "./votes.ts";

/** What is said of a drive. */
export type DriveState = "moving" | "quiet" | "suspected" | "stalled";

/** A drive standing still. Times in milliseconds since the epoch. */
export interface Standstill {
  /** The first look that found nothing completed. */
  readonly since: number;
  /** Up to when something may have moved. */
  readonly lastMoved: number;
  /** The last look so far. */
  readonly end: number;
  /** Looks in a row that found nothing completed. */
  readonly looks: number;
  /** The signals before it; undefined when the drive was not steadily writing. */
  readonly before: Signals | undefined;
  /** The longest pause of writing that had nothing to do with a stall, in milliseconds. */
  readonly usualPause: number;
  /** Signals that have voted so far, each with its strongest moment yet. */
  readonly votes: readonly Vote[];
  readonly state: Exclude<DriveState, "moving">;
  /** When it was called. */
  readonly calledAt?: number;
}

/** A time in which the drive was watched. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly wrote: boolean;
}

/** All that is remembered of one drive. */
export interface DriveWatch {
  /** The last hour before the standstill. */
  readonly past: readonly Stretch[];
  readonly standstill?: Standstill;
  /** It came later than the others, or its counters began anew: what was seen of all drives says nothing of it. */
  readonly joined: boolean;
}

/**
 * Goes on by one look.
 *
 * @param looks what is remembered of the VM, this look included
 * @param needed votes that make a call
 */
export function watchDrive(
  watch: DriveWatch,
  movement: Movement,
  looks: readonly Look[],
  look: Look,
  needed: number,
  rule: StallRule,
): DriveWatch {
  const { from, to } = look;
  const { joined } = watch;
  if (movement.completed > 0) {
    const past = withPause(watch);
    // Of a long time between two looks it is only known that the standstill ended somewhere in it.
    const isKnown = to - from <= rule.gap * 1000;
    const stretch = { from, to, wrote: movement.written > 0 };
    return { joined, past: remembered(isKnown ? [...past, stretch] : past, to, rule) };
  }
  const { past } = watch;
  const standstill = goesOn(watch.standstill, from, rule) ?? begun(past, looks, look, rule);
  const longer = { ...standstill, looks: standstill.looks + 1, end: to };
  return { joined, past, standstill: judged(longer, looks, needed, rule) };
}

/** A standstill, unless too long went by unseen since its last look. */
function goesOn(
  standstill: Standstill | undefined,
  from: number,
  { gap }: StallRule,
): Standstill | undefined {
  if (standstill?.calledAt !== undefined) return standstill;
  return standstill === undefined || from - standstill.end > gap * 1000 ? undefined : standstill;
}

/** A standstill that ended becomes a pause to be remembered, unless it was called: a stall is nothing usual. */
function withPause({ past, standstill }: DriveWatch): readonly Stretch[] {
  if (standstill === undefined) return past;
  if (standstill.calledAt !== undefined) return [];
  return [...past, { from: standstill.lastMoved, to: standstill.end, wrote: false }];
}

function remembered(past: readonly Stretch[], now: number, { memory }: StallRule): Stretch[] {
  return past.filter(({ to }) => to > now - memory * 1000);
}

function begun(
  past: readonly Stretch[],
  looks: readonly Look[],
  { from, to }: Look,
  { baseline, known, pause }: StallRule,
): Standstill {
  const start = from - baseline * 1000;
  const recent = past
    .filter((stretch) => stretch.to > start)
    .map((stretch) => ({ ...stretch, from: Math.max(stretch.from, start) }));
  const seconds = recent.reduce((sum, stretch) => sum + stretch.to - stretch.from, 0) / 1000;
  const steady = seconds >= known && longestPause(recent) <= pause * 1000;
  return {
    since: to,
    lastMoved: from,
    end: to,
    looks: 0,
    before: steady ? signalsBetween(looks, start, from) : undefined,
    usualPause: longestPause(past),
    votes: [],
    state: "quiet",
  };
}

/** The longest time without a write, in milliseconds; what is not known counts for nothing. */
function longestPause(past: readonly Stretch[]): number {
  let longest = 0;
  let pause = 0;
  for (const { from, to, wrote } of past) {
    pause = wrote ? 0 : pause + to - from;
    longest = Math.max(longest, pause);
  }
  return longest;
}

function judged(standstill: Standstill, looks: readonly Look[], needed: number, rule: StallRule): Standstill {
  const { before, lastMoved, end, usualPause, calledAt } = standstill;
  if (before === undefined) return standstill;
  const length = end - lastMoved;
  const isLong =
    length >= rule.standstill * 1000 && length > 2 * usualPause && standstill.looks >= rule.looks;
  if (!isLong) return standstill;
  const votes = votesOf(before, signalsNow(looks, end, rule));
  if (calledAt !== undefined) return { ...standstill, votes: together(standstill.votes, votes) };
  if (votes.length >= needed) return { ...standstill, votes, state: "stalled", calledAt: end };
  return { ...standstill, votes, state: votes.length > 0 ? "suspected" : "quiet" };
}

/** Votes once cast stay, with their latest figure. */
function together(cast: readonly Vote[], now: readonly Vote[]): Vote[] {
  const bySignal = new Map([...cast, ...now].map((vote) => [vote.signal, vote]));
  return [...bySignal.values()];
}
