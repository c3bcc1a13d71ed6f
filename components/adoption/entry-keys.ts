import { circumstancesOf } from "../../proxmox/change-class.ts";
import type { Effect } from "../../proxmox/key-rule.ts";
import { type Leaf, leafEffect, type OwnedKey, ownedKeys, viewOf } from "../../proxmox/owned.ts";
import { PropertyStringError } from "../../proxmox/property-string.ts";
import { present, type VmSnapshot } from "../../proxmox/snapshot.ts";
import { declaredVm } from "../translation/declared-vm.ts";
import { entryWith } from "../translation/entry-paths.ts";
import type { CandidateEntry } from "./candidate-entry.ts";

/** A key of an entry that owns something, with what it owns in Proxmox's words. */
export interface EntryKey {
  /** Path in the entry: `["drives", "scsi0", "caps", "readMiBps"]`. */
  readonly path: readonly string[];
  /** Path in plans: `drives.scsi0.mbps_rd`. */
  readonly owned: string;
  /** When a write of it would take effect. */
  readonly effect: Effect;
}

/** Keys that say which VM it is and what is nobody's to write; they own nothing. */
const identity = ["vmid", "node", "foreignSlots"];

/**
 * Every key of an entry that owns something. What a key owns is found by translating an entry that has this key
 * alone, so that there is no second table that could disagree with the translation.
 */
export function entryKeys(entry: CandidateEntry, snapshot: VmSnapshot): EntryKey[] {
  return Object.entries(entry).flatMap(([key, value]) =>
    identity.includes(key) ? [] : leavesBelow(value, [key]).map((leaf) => entryKey(leaf, snapshot)),
  );
}

type Written = readonly [path: readonly string[], value: unknown];

function leavesBelow(value: unknown, path: readonly string[]): Written[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leavesBelow(item, [...path, key]));
}

function entryKey([path, value]: Written, snapshot: VmSnapshot): EntryKey {
  const [owned] = ownedKeys(declaredVm(entryWith(path, value)));
  const [leaf] = owned?.leaves ?? [];
  if (owned === undefined || leaf === undefined) {
    throw new Error(`${path.join(".")}: owns nothing; this is a fault of this program; please report it`);
  }
  return { path, owned: leaf.path, effect: effectOn(owned, leaf, snapshot) };
}

function effectOn(owned: OwnedKey, leaf: Leaf, snapshot: VmSnapshot): Effect {
  const circumstances = circumstancesOf(snapshot);
  try {
    return leafEffect(owned, leaf, viewOf(owned, present(snapshot, owned.key)), circumstances);
  } catch (error) {
    if (!(error instanceof PropertyStringError)) throw error;
    return circumstances.running ? "cold" : "live";
  }
}
