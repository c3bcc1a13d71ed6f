import { checkDeclared } from "../../proxmox/check-declared.ts";
import { type Change, planVm } from "../../proxmox/plan.ts";
import type { Problem } from "../../proxmox/problem.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";
import { checkFleet } from "../rules/fleet-mistakes.ts";
import { isWithin, type Mistake, whatIsWrong } from "../rules/mistake.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { declaredEntry } from "../translation/declared-vm.ts";
import type { CandidateEntry } from "./candidate-entry.ts";
import { type EntryKey, entryKeys } from "./entry-keys.ts";

/** Keys of an entry that cannot be declared as the VM has them, or not without a write. */
export interface Fault {
  /** At least one, unless the entry owns nothing any more. */
  readonly keys: readonly EntryKey[];
  /** Path in the entry of what is at fault as a whole, such as a drive. @default what the keys have in common */
  readonly whole?: string;
  readonly reason: string;
  /** What could be declared in place of it; undefined when nothing could. */
  readonly allowed?: string;
  /** QEMU runs one value and another waits, so that whichever is declared would be written. */
  readonly waits?: true;
}

/** An entry that owns exactly what the VM has, or all that keeps it from being one. */
export type Judgement =
  | { readonly sound: true; readonly spec: VmSpec }
  | { readonly sound: false; readonly faults: readonly Fault[] };

/**
 * Judges an entry by the checks that a first `up` goes through: those of the fleet file, else those of the
 * declaration, else the plan, in which nothing may change.
 */
export function judged(
  entry: CandidateEntry,
  fleetNode: string | undefined,
  snapshot: VmSnapshot,
): Judgement {
  const checked = checkFleet({ ...(fleetNode !== undefined && { node: fleetNode }), vms: { vm: entry } });
  if (!checked.ok) {
    const keys = entryKeys(entry, snapshot);
    return unsound(checked.mistakes.map((one) => fromMistake(one, keys)));
  }
  const spec = checked.fleet.vms.vm as VmSpec;
  const declared = declaredEntry("vm", spec, { node: fleetNode });
  const mistakes = checkDeclared(declared);
  const { problems, changes } =
    mistakes.length > 0 ? { problems: mistakes, changes: [] } : planVm(declared, snapshot);
  if (problems.length === 0 && changes.length === 0) return { sound: true, spec };
  const keys = entryKeys(entry, snapshot);
  return unsound([
    ...problems.map((one) => fromProblem(one, keys)),
    ...changes.map((one) => fromChange(one, keys)),
  ]);
}

function unsound(faults: readonly Fault[]): Judgement {
  return { sound: false, faults };
}

function fromMistake(mistake: Mistake, keys: readonly EntryKey[]): Fault {
  const path = mistake.path.slice(["vms", "vm"].length);
  const { allowed } = mistake;
  return { keys: keysAt(keys, path, (key) => key.path), reason: whatIsWrong(mistake), allowed };
}

function fromProblem({ path, reason }: Problem, keys: readonly EntryKey[]): Fault {
  const isDevice = /^(?:drives|nics)\.\w+$/.test(path);
  const meant = keysAt(keys, path.split("."), ({ owned }) => owned.split("."));
  return { keys: meant, reason, ...(isDevice && { whole: path }) };
}

function fromChange({ path, from, to = "nothing" }: Change, keys: readonly EntryKey[]): Fault {
  const reason = `is not the same now and after the next start (got ${from ?? "nothing"}, and ${to} waits)`;
  return { keys: keysAt(keys, path.split("."), ({ owned }) => owned.split(".")), reason, waits: true };
}

/** The keys that a path means: those at or below it, else those at or below what it lies in. */
function keysAt(
  keys: readonly EntryKey[],
  path: readonly PropertyKey[],
  pathOf: (key: EntryKey) => readonly PropertyKey[],
): readonly EntryKey[] {
  const meant = keys.filter((key) => isWithin(pathOf(key), path));
  return meant.length > 0 || path.length === 0 ? meant : keysAt(keys, path.slice(0, -1), pathOf);
}
