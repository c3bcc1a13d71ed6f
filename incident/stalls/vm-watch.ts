import { type DriveWatch, type Standstill, watchDrive } from "./drive-watch.ts";
import { allDrives, type Look } from "./look.ts";
import type { StallRule } from "./stall-rule.ts";

/** All that is remembered of one VM. */
export interface VmWatch {
  /** As long as a baseline, oldest first. */
  readonly looks: readonly Look[];
  /** By slot, and all together. */
  readonly drives: Readonly<Record<string, DriveWatch>>;
  /** Drives have been seen one by one, not only all together. */
  readonly bySlot: boolean;
}

export const newVmWatch: VmWatch = { looks: [], drives: {}, bySlot: false };

/** Goes on by one look. What was called stays called while the VM is held, until its process ends. */
export function watchVm(watch: VmWatch, look: Look, rule: StallRule): VmWatch {
  const last = watch.looks.at(-1);
  if (last !== undefined && look.to <= last.to) return watch;
  const isOver = look.restarted === true || look.excluded === "stopped" || look.excluded === "booting";
  if (isOver) return { looks: [look], drives: {}, bySlot: false };
  if (look.excluded === "unanswered") return { ...watch, looks: recent(watch.looks, look, rule) };
  if (look.excluded !== undefined) return { ...watch, looks: [look], drives: calledOnes(watch.drives) };
  const looks = recent(watch.looks, look, rule);
  const slots = new Set([...Object.keys(look.drives), allDrives]);
  const drives = [...slots].flatMap((slot): [string, DriveWatch][] => {
    const before = watch.drives[slot];
    const movement = look.drives[slot];
    if (movement === undefined) return before === undefined ? [] : [[slot, before]];
    const needed = rule.votes + (anotherMoves(look, slot) ? 1 : 0);
    const joined = watch.bySlot && slot !== allDrives;
    return [[slot, watchDrive(before ?? { past: [], joined }, movement, looks, look, needed, rule)]];
  });
  const bySlot = watch.bySlot || Object.keys(look.drives).some((slot) => slot !== allDrives);
  return { looks, drives: Object.fromEntries(drives), bySlot };
}

/**
 * The standstill of a drive as far as it is known: its own; or that of all drives together, for a drive that is not
 * watched long enough to be judged by itself and did not stand still before the others.
 */
export function standstillOf(
  { drives }: VmWatch,
  slot: string,
  { known }: StallRule,
): Standstill | undefined {
  const own = drives[slot];
  const all = drives[allDrives]?.standstill;
  if (own === undefined) return all;
  const { joined, past, standstill } = own;
  const isJudged = joined || standstill?.before !== undefined || watchedFor(past) >= known * 1000;
  if (isJudged || all === undefined || standstill === undefined) return standstill;
  return standstill.lastMoved < all.lastMoved ? standstill : all;
}

function watchedFor(past: DriveWatch["past"]): number {
  return past.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** A guest that still completes operations on another drive is not stuck as a whole. */
function anotherMoves({ drives }: Look, slot: string): boolean {
  if (slot === allDrives) return false;
  return Object.entries(drives).some(
    ([other, { completed }]) => other !== slot && other !== allDrives && completed > 0,
  );
}

function calledOnes(drives: VmWatch["drives"]): VmWatch["drives"] {
  return Object.fromEntries(
    Object.entries(drives).filter(([, { standstill }]) => standstill?.calledAt !== undefined),
  );
}

function recent(looks: readonly Look[], look: Look, { baseline, gap }: StallRule): Look[] {
  const start = look.to - (baseline + 2 * gap) * 1000;
  return [...looks.filter(({ to }) => to > start), look];
}
