import type { Conflict } from "./drive-conflicts.ts";
import type { OwnedKey } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import type { Properties } from "./property-string.ts";
import { textConflicts } from "./text-conflicts.ts";

/** What of a resulting text Proxmox would refuse, or take and not act on, each told by the declared key to blame. */
export function conflictProblems(owned: OwnedKey, view: Properties = new Map()): Problem[] {
  return told(owned, view, textConflicts(owned.key, view));
}

/** Conflicts by the declared keys that cause them; one between undeclared keys alone is not ours to judge. */
export function told(owned: OwnedKey, view: Properties, conflicts: readonly Conflict[]): Problem[] {
  return conflicts.flatMap(({ keys, wrong, allowed, fix }) => {
    const leaf = owned.leaves.find((one) => keys.includes(one.key) && one.implied === undefined);
    return leaf ? [problem(leaf.path, wrong, view.get(keys[0]), allowed, fix)] : [];
  });
}
