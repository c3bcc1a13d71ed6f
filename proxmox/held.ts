import { type Circumstances, effectOf } from "./change-class.ts";
import { sameNotation } from "./meaning.ts";
import { keyRule, type OwnedKey } from "./owned.ts";
import type { Properties } from "./property-string.ts";

/** A value of another hand's that becomes another at the next cold start. */
export interface OtherChange {
  /** Key in the text. */
  readonly key: string;
  readonly from?: string;
  /** Absent: it goes away. */
  readonly to?: string;
}

/** One text in which another hand's pending change keeps ours waiting. */
export interface Held {
  /** Top-level key, such as `scsi0`. */
  readonly key: string;
  readonly path: string;
  readonly others: readonly OtherChange[];
}

/**
 * What others left pending in a text and only a cold start takes. Proxmox keeps one pending text for each key and
 * takes it as a whole: a live change beside these would either take their place or wait with them.
 */
export function heldBy(
  owned: OwnedKey,
  current: Properties | undefined,
  upcoming: Properties | undefined,
  circumstances: Circumstances,
): OtherChange[] {
  // A declared device that is to be removed stays, as it is.
  const isDropped = upcoming === undefined && owned.format?.device === true;
  if (!circumstances.running || current === undefined || isDropped) return [];
  const declared = new Set(owned.leaves.map(({ key }) => key));
  return [...new Set([...current.keys(), ...(upcoming?.keys() ?? [])])].flatMap((key) => {
    const [from, to] = [current.get(key), upcoming?.get(key)];
    const rule = keyRule(owned, key);
    if (key === "size" || declared.has(key) || sameNotation(rule, from, to)) return [];
    if (effectOf(rule.change, circumstances, from, to ?? "") !== "cold") return [];
    return [{ key, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  });
}
