import type { Circumstances } from "./change-class.ts";
import { effectOf } from "./change-class.ts";
import { datastoreOf, isCdrom, isLun, ownerOf, printDrive, unwritable } from "./drive.ts";
import { canonicalDrive } from "./drive-canonical.ts";
import { unthrottled } from "./drive-conflicts.ts";
import type { DriveEvidence } from "./drive-evidence.ts";
import { planGrowth } from "./drive-growth.ts";
import { heldBefore, storagesToAsk } from "./empty-slot.ts";
import { type Change, type KeyPlan, planKey, settled, type Views, withLeaves } from "./key-plan.ts";
import { type OwnedKey, type PresentLeaf, viewOf } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import type { Properties } from "./property-string.ts";
import { gibibytes, parseSize } from "./size.ts";
import type { VmSnapshot } from "./snapshot.ts";
import { storageOfSwapped, swappedDisk } from "./swapped-disk.ts";
import { conflictProblems, told } from "./text-problems.ts";

/** A drive's plan; growth is a request of its own. */
export interface DrivePlan extends KeyPlan {
  /** Absolute size to grow to. */
  readonly resize?: string;
  /** Storages whose volumes the plan depends on. */
  readonly storages?: readonly string[];
}

/** What a drive's plan depends on beside its texts. */
export interface DriveContext {
  readonly vmid: number;
  readonly snapshot: VmSnapshot;
  readonly evidence: DriveEvidence;
}

/** Plans one drive slot. Only an empty slot is ever allocated, and only the VM's own disks are written. */
export function planDrive(
  owned: OwnedKey,
  views: Views,
  circumstances: Circumstances,
  context: DriveContext,
): DrivePlan {
  const { vmid, evidence } = context;
  const current = viewOf(owned, views.current);
  const upcoming = viewOf(owned, views.upcoming);
  if (current === undefined && upcoming === undefined) return allocation(owned, circumstances, context);
  for (const drive of [current, upcoming]) {
    const mistake = drive && notOurs(owned, drive, vmid);
    if (mistake) return { ...settled, problems: [mistake] };
  }

  const plan = planKey(owned, views, circumstances);
  const isPending = views.current !== views.upcoming;
  const growth = planGrowth(owned, { current, upcoming, isPending }, evidence);
  const writes = [plan.live, plan.cold].filter((text) => typeof text === "string");
  const isWritten = writes.length > 0 || growth.changes.length > 0;
  const volume = (current ?? upcoming)?.get("file") ?? "";
  const matters = isWritten || growth.problems.length > 0;
  const swapped = matters ? swappedDisk(owned.key, volume, vmid, context.snapshot, evidence) : undefined;
  const problems = [
    ...plan.problems,
    ...(swapped === undefined ? growth.problems : [swapped]),
    ...writes.flatMap((text) => refusals(owned, text, views.current ?? views.upcoming)),
    ...(isWritten ? swaps(owned, current, upcoming) : []),
    ...neverKept(owned, upcoming ?? current),
  ];
  const { changes, resize, storage, live, cold } = growth;
  const storages = [
    ...(storage === undefined ? [] : [storage]),
    ...(matters ? storageOfSwapped(owned.key, volume, evidence) : []),
  ];
  const combined: DrivePlan = {
    ...plan,
    problems: unique(problems),
    ...(storages.length > 0 && { storages }),
  };
  if (resize !== undefined) return { ...combined, changes: [...plan.changes, ...changes], resize };
  // Whatever is written of the drive is measured anew by Proxmox.
  if (writes.length > 0 || changes.length === 0) return combined;
  return { ...combined, changes, ...(live !== undefined && { live }), ...(cold !== undefined && { cold }) };
}

/** A new disk for a slot that is empty now and stays so. */
function allocation(
  owned: OwnedKey,
  circumstances: Circumstances,
  { vmid, snapshot, evidence }: DriveContext,
): DrivePlan {
  const held = heldBefore(owned, vmid, snapshot, evidence);
  const storages = storagesToAsk(owned, evidence);
  // A storage may know that a volume is gone, so that a drive which was seen there speaks for nothing any more.
  if (held !== undefined) return { ...settled, problems: [held], storages };
  const bytes = owned.size && parseSize(owned.size.to);
  if (owned.datastore === undefined || owned.size === undefined || bytes === undefined || bytes === 0) {
    return {
      ...settled,
      problems: [
        problem(
          owned.path,
          "the slot is empty",
          "no drive",
          "allowed is a slot that holds a drive, or datastore and size for a new one",
          "declare both, or remove the slot",
        ),
      ],
    };
  }
  const effect = effectOf(owned.format?.creation ?? "cold", circumstances, undefined, "");
  const disk = { path: owned.path, to: `a new, empty disk of ${owned.size.to} on ${owned.datastore.to}` };
  // What is declared to be absent is so on a disk that is made.
  const present = owned.leaves.filter((leaf): leaf is PresentLeaf => leaf.to !== undefined);
  const changes = [disk, ...present].map(({ path, to }): Change => ({ path, to, effect }));
  const volume = `${owned.datastore.to}:${gibibytes(owned.size.to)}`;
  const text = printDrive(new Map([["file", volume], ...present.map(({ key, to }) => [key, to] as const)]));
  const problems = refusals(owned, text);
  return {
    changes,
    waiting: [],
    problems,
    storages,
    ...(effect === "live" ? { live: text } : { cold: text }),
  };
}

/** Why this drive must not be written at all. */
function notOurs(owned: OwnedKey, drive: Properties, vmid: number): Problem | undefined {
  const volume = drive.get("file") ?? "";
  if (isCdrom(drive)) {
    return problem(
      owned.path,
      "the slot holds a CD-ROM or cloud-init drive",
      volume,
      "allowed is a disk",
      "declare another slot",
    );
  }
  if (ownerOf(volume) !== vmid && !isLun(volume)) {
    const why = unwritable(volume);
    return problem(
      owned.path,
      `the volume in the slot is not of VM ${vmid}`,
      volume,
      `allowed is a volume of VM ${vmid}, by its folder or name${why === undefined ? "" : `, for ${why}`}`,
      "remove the slot from drives, and list it under foreignSlots if a CSI driver or somebody else uses it",
    );
  }
  const store = datastoreOf(volume);
  if (owned.datastore !== undefined && store !== owned.datastore.to) {
    return problem(
      owned.datastore.path,
      `the drive is on ${store}, and drives are not moved here`,
      owned.datastore.to,
      `allowed is ${store}`,
      "move the disk in Proxmox first, or correct datastore",
    );
  }
  return undefined;
}

/** Writing over a slot whose volume is about to change would detach the new volume, or plug it in now. */
function swaps(owned: OwnedKey, current?: Properties, upcoming?: Properties): Problem[] {
  const before = current?.get("file");
  const after = upcoming?.get("file");
  if (before === undefined || after === undefined || before === after) return [];
  return [
    problem(
      owned.path,
      "another volume waits to take the slot at the next cold start",
      `${before}, then ${after}`,
      "allowed is a slot that keeps its volume",
      "stop and start the VM, or revert the pending change, then run again",
    ),
  ];
}

/**
 * What Proxmox would answer to this text, told by the declared keys that cause it. What it stored before, it
 * accepts: keys that we do not know are its business.
 */
function refusals(owned: OwnedKey, text: string, before?: string): Problem[] {
  const drive = viewOf(owned, text) ?? new Map<string, string>();
  const problems = conflictProblems(owned, drive);
  if (problems.length > 0) return problems;
  const answer = canonicalDrive(owned.key, text);
  if ("output" in answer || (before !== undefined && "error" in canonicalDrive(owned.key, before))) return [];
  return [
    problem(
      owned.path,
      "Proxmox would refuse the drive",
      answer.error.trim().replaceAll("\n", ": "),
      "allowed are keys of this bus with values of their type",
      "correct the declared keys",
    ),
  ];
}

/** Declared caps that would be as declared in the config, and nowhere else. */
function neverKept(owned: OwnedKey, view?: Properties): Problem[] {
  const drive = withLeaves(view, owned.leaves);
  return told(owned, drive, unthrottled(drive));
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((one) => [`${one.path}\n${one.reason}`, one])).values()];
}
