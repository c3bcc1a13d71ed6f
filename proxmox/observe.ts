import { circumstancesOf } from "./change-class.ts";
import type { DeclaredVm, Keys, Scalar } from "./declared.ts";
import { datastoreOf } from "./drive.ts";
import { planGrowth } from "./drive-growth.ts";
import { isCapKey } from "./drive-keys.ts";
import { heldBy } from "./held.ts";
import { isNumber, parseBoolean } from "./meaning.ts";
import { differs, type Leaf, leafEffect, type OwnedKey, ownedKeys, readableView } from "./owned.ts";
import { type Properties, printProperties } from "./property-string.ts";
import { present, upcoming, type VmSnapshot } from "./snapshot.ts";

/**
 * The declared keys as they are. What is right by meaning keeps its declared value, so that a VM without drift
 * is observed exactly as declared; a cold key that is only pending is right. What is not right has its real
 * value, or is left out where the VM has none; a key that must be absent and is there has its value, and is no
 * longer among the absent ones.
 */
export function observeDeclared(declared: DeclaredVm, snapshot: VmSnapshot): DeclaredVm {
  const options: Record<string, Scalar | Keys> = {};
  const drives: Record<string, Keys> = {};
  const nics: Record<string, Keys> = {};
  const there = new Set<string>();
  for (const owned of ownedKeys(declared)) {
    const seen = observe(owned, snapshot);
    if (seen === undefined) continue;
    for (const { path, key, to } of owned.leaves) if (to === undefined && key in seen) there.add(path);
    if (Object.keys(seen).length === 0 && !Object.hasOwn(declared[owned.section], owned.key)) continue;
    if (owned.section === "drives") drives[owned.key] = seen;
    else if (owned.section === "nics") nics[owned.key] = seen;
    else if (owned.format !== undefined && owned.shorthand === undefined) options[owned.key] = seen;
    else Object.assign(options, scalarOf(owned, seen));
  }
  const absent = declared.absent?.filter((path) => !there.has(path));
  return { ...declared, options, drives, nics, ...(absent && { absent }) };
}

function observe(owned: OwnedKey, snapshot: VmSnapshot): Keys | undefined {
  const current = readableView(owned, present(snapshot, owned.key));
  const later = readableView(owned, upcoming(snapshot, owned.key));
  if (later === undefined && owned.format?.device) return undefined;
  const circumstances = circumstancesOf(snapshot);
  const isHeld = heldBy(owned, current, later, circumstances).length > 0;
  const seen: Record<string, Scalar> = {};
  const keep = (leaf: Leaf, value: Scalar | undefined) => {
    if (value !== undefined) seen[leaf.key] = value;
  };
  for (const leaf of owned.leaves) {
    const device = owned.format?.device === true;
    const effect = isHeld ? "cold" : leafEffect(owned, leaf, current, circumstances);
    const isNow = circumstances.running && effect !== "cold" && !(device && current === undefined);
    if (isNow && differs(owned, leaf, current)) keep(leaf, observed(leaf, current));
    else if (differs(owned, leaf, later)) keep(leaf, observed(leaf, later));
    else keep(leaf, leaf.value);
  }
  const drive = current ?? later;
  if (owned.size !== undefined) {
    const isPending = present(snapshot, owned.key) !== upcoming(snapshot, owned.key);
    const { changes, problems } = planGrowth(owned, { current, upcoming: later, isPending }, {});
    const isRight = changes.length === 0 && problems.length === 0;
    keep(owned.size, isRight ? owned.size.value : (changes[0]?.from ?? drive?.get("size")));
  }
  if (owned.datastore !== undefined) {
    const real = datastoreOf(drive?.get("file") ?? "");
    keep(owned.datastore, real === owned.datastore.to ? owned.datastore.value : real);
  }
  return seen;
}

/** The option as a program wrote it: no keys, or the keys of its shorthand. */
function scalarOf(owned: OwnedKey, seen: Keys): Record<string, Scalar> {
  const { format, shorthand, leaves, key } = owned;
  if (leaves.every((leaf) => seen[leaf.key] === leaf.value)) return { [key]: shorthand ?? seen[""] ?? "" };
  const [only, ...others] = leaves;
  if (only !== undefined && others.length === 0 && (format === undefined || only.key === format.defaultKey)) {
    const value = seen[only.key];
    return value === undefined ? {} : { [key]: typed(shorthand ?? only.value, String(value)) };
  }
  const parts = new Map(Object.entries(seen).map(([name, value]) => [name, String(value)]));
  return parts.size === 0 ? {} : { [key]: printProperties(format ?? { keys: {} }, parts) };
}

function observed(leaf: Leaf, view: Properties | undefined): Scalar | undefined {
  const text = view?.get(leaf.key) ?? (isCapKey(leaf.key) ? "0" : undefined);
  return text === undefined ? undefined : typed(leaf.value, text);
}

/** Text as the type of the declared value, where it can be read so. */
function typed(declared: Scalar | undefined, text: string): Scalar {
  if (typeof declared === "number" && isNumber(text)) return Number(text);
  if (typeof declared === "boolean") return parseBoolean(text) ?? text;
  return text;
}
