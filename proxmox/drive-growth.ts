import { datastoreOf, isLun, printDrive } from "./drive.ts";
import { type DriveEvidence, realSize } from "./drive-evidence.ts";
import type { Change } from "./key-plan.ts";
import type { OwnedKey, PresentLeaf } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import type { Properties } from "./property-string.ts";
import { parseSize, printSize } from "./size.ts";

/** What is to be done about a drive's declared size. */
export interface Growth {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  /** Absolute size to grow to. */
  readonly resize?: string;
  /** Texts without a size, which Proxmox then measures anew: where one tells an older size than the volume has. */
  readonly live?: string;
  readonly cold?: string;
  /** Storage that knows the volume's real size, where the plan depends on it. */
  readonly storage?: string;
}

/** One drive's texts as keys; both are the same where nothing waits. */
export interface DriveViews {
  readonly current: Properties | undefined;
  readonly upcoming: Properties | undefined;
  /** Whether another text waits than the current one. */
  readonly isPending: boolean;
}

/**
 * Plans a drive's size. The `size` in a text is what Proxmox measured when that text was written: a text that
 * waits keeps the size of its day, and brings it back at the cold start. A volume only ever grows, so that it has
 * at least what any text says.
 */
export function planGrowth(owned: OwnedKey, views: DriveViews, evidence: DriveEvidence): Growth {
  const none: Growth = { changes: [], problems: [] };
  const size = owned.size;
  const wanted = size && parseSize(size.to);
  if (size === undefined || wanted === undefined) return none;
  const refused = (...words: [wrong: string, allowed: string, fix: string]): Growth => ({
    ...none,
    problems: [problem(size.path, words[0], size.to, words[1], words[2])],
  });

  const { current, upcoming } = views;
  const drive = current ?? upcoming;
  const volume = drive?.get("file") ?? "";
  const noted = sizeIn(drive);
  if (drive === undefined || noted === undefined) {
    return refused(
      "the config does not say how big the drive is",
      "allowed is a drive whose size is known",
      "run qm disk rescan on the node, or remove size",
    );
  }
  const later = upcoming?.get("file") === volume ? (sizeIn(upcoming) ?? 0) : 0;
  const has = realSize(evidence, volume) ?? Math.max(noted, later);
  const told = printSize(has);
  if (wanted < has) {
    return refused(
      `the drive has ${told} and drives do not shrink`,
      `allowed is ${told} or more`,
      "correct size",
    );
  }
  if (wanted === has) return measuredAnew(size, views, { wanted, noted, later });
  if (current === undefined) {
    return refused(
      `the drive is still pending with ${told}`,
      "allowed is growth of a drive that is plugged",
      "stop and start the VM, then run again",
    );
  }
  if (isLun(volume)) {
    return refused(
      `the drive is a LUN of ${told}, which Proxmox does not grow`,
      `allowed is ${told}`,
      "grow it on its target, run qm disk rescan on the node, then run again",
    );
  }
  const storage = datastoreOf(volume);
  return {
    ...none,
    changes: [change(size, told)],
    resize: printSize(wanted),
    ...(storage !== undefined && { storage }),
  };
}

/** The volume is as big as declared: what is left is texts that do not say so. */
function measuredAnew(
  size: PresentLeaf,
  { current, upcoming, isPending }: DriveViews,
  { wanted, noted, later }: { wanted: number; noted: number; later: number },
): Growth {
  const none: Growth = { changes: [], problems: [] };
  // A text that waits is the only one that can be written without taking it away; it becomes the current one.
  if (isPending && current !== undefined) {
    if (upcoming === undefined || later === 0 || later === wanted) return none;
    return { ...none, changes: [change(size, printSize(later))], cold: unmeasured(upcoming) };
  }
  if (noted === wanted || current === undefined) return none;
  return { ...none, changes: [change(size, printSize(noted))], live: unmeasured(current) };
}

function unmeasured(drive: Properties): string {
  return printDrive(new Map([...drive].filter(([key]) => key !== "size")));
}

function change({ path, to }: PresentLeaf, from: string): Change {
  return { path, from, to, effect: "live" };
}

function sizeIn(drive: Properties | undefined): number | undefined {
  const text = drive?.get("size");
  return text === undefined ? undefined : parseSize(text);
}
