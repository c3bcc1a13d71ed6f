import { type Circumstances, effectOf } from "./change-class.ts";
import type { DeclaredVm, Keys, Scalar } from "./declared.ts";
import { impliedAbsent } from "./dependents.ts";
import { driveFormat } from "./drive-formats.ts";
import type { ChangeClass, Effect, KeyRule, PropertyFormat } from "./key-rule.ts";
import { parseBoolean, sameMeaning, toText } from "./meaning.ts";
import { nicFormat } from "./nic-keys.ts";
import { optionRule } from "./option-table.ts";
import { type Properties, parseProperties, printProperties, readableProperties } from "./property-string.ts";

/** One owned value. */
export interface Leaf {
  readonly path: string;
  /** Key inside the property string; empty when the option has no keys. */
  readonly key: string;
  readonly rule: KeyRule;
  /** Undefined when the key is owned as absent. */
  readonly value: Scalar | undefined;
  /** The value as Proxmox's text; undefined when the key is owned as absent. */
  readonly to: string | undefined;
  /** Nobody declared it: beside another declared value it could not be there. */
  readonly implied?: true;
}

/** One owned value that is there. */
export interface PresentLeaf extends Leaf {
  readonly value: Scalar;
  readonly to: string;
}

/** One top-level key of the config, with what of it is owned. */
export interface OwnedKey {
  readonly key: string;
  readonly path: string;
  readonly section: "options" | "drives" | "nics";
  /** Absent when the option has no keys. */
  readonly format?: PropertyFormat;
  /** The declared value, when a property string was declared as text or by its default key's value alone. */
  readonly shorthand?: Scalar;
  readonly leaves: readonly Leaf[];
  /** Of a drive: how big it must at least be. */
  readonly size?: PresentLeaf;
  /** Of a drive: where to allocate it, or where it must be. */
  readonly datastore?: PresentLeaf;
}

const sections = ["options", "nics", "drives"];
const unknownRule: KeyRule = { type: "text", change: "cold" };
const datastoreRule: KeyRule = { type: "text", change: "live" };

/** Everything that a declaration owns, in the order of its sections and keys. */
export function ownedKeys(declared: DeclaredVm): OwnedKey[] {
  const present = [
    ...Object.entries(declared.options).map(([name, value]) => ownedOption(name, value)),
    ...Object.entries(declared.nics).map(([slot, keys]) => ownedNic(slot, keys)),
    ...Object.entries(declared.drives).map(([slot, keys]) => ownedDrive(slot, keys)),
  ];
  return withAbsent(present, declared.absent ?? [])
    .toSorted((a, b) => sections.indexOf(a.section) - sections.indexOf(b.section))
    .map(withImplied);
}

/** The keys in a text of an owned key; an option without keys is one nameless key. */
export function viewOf(owned: OwnedKey, text: string | undefined): Properties | undefined {
  if (text === undefined) return undefined;
  return owned.format === undefined ? new Map([["", text]]) : parseProperties(owned.format, text);
}

/** As {@link viewOf}, but undefined for a text that nobody can read. */
export function readableView(owned: OwnedKey, text: string | undefined): Properties | undefined {
  return owned.format === undefined ? viewOf(owned, text) : readableProperties(owned.format, text);
}

/** Whether nothing of the key is declared but that parts of it are absent: it may itself be absent then. */
export function ownsOnlyAbsence({ leaves, size, datastore }: OwnedKey): boolean {
  return leaves.length > 0 && leaves.every(({ to }) => to === undefined) && !size && !datastore;
}

/** The text of a view; null when nothing of it is left, so that the whole key goes. */
export function textOf(owned: OwnedKey, view: Properties): string | null {
  if (view.size === 0) return null;
  return owned.format === undefined ? (view.get("") ?? null) : printProperties(owned.format, view);
}

/** Whether a view does not have what is declared of it. */
export function differs(owned: OwnedKey, leaf: Leaf, view: Properties | undefined): boolean {
  if (view === undefined && owned.format?.device) return leaf.to !== undefined;
  return !sameMeaning(leaf.rule, view?.get(leaf.key), leaf.to);
}

/** What is known of one key of the text, declared or not. */
export function keyRule({ format, leaves }: OwnedKey, key: string): KeyRule {
  return leaves.find((leaf) => leaf.key === key)?.rule ?? ruleOf(format ?? { keys: {} }, key);
}

/** When writing a value takes effect, given the text that QEMU was started with. */
export function leafEffect(
  owned: OwnedKey,
  leaf: Leaf,
  current: Properties | undefined,
  circumstances: Circumstances,
): Effect {
  const creation = current === undefined ? owned.format?.creation : replugged(owned, current);
  return effectOf(creation ?? leaf.rule.change, circumstances, current?.get(leaf.key), leaf.to);
}

/** How a text is changed that Proxmox replaces as a whole, whatever key of it changes. */
function replugged({ key, section, leaves }: OwnedKey, current: Properties): ChangeClass | undefined {
  const losesBridge = leaves.some((leaf) => leaf.key === "bridge" && leaf.to === undefined);
  if (section === "nics" && (losesBridge || !current.has("bridge"))) return "hotplug-network";
  if (key !== "agent" || isOn(current.get("enabled"))) return undefined;
  // An agent that is off and stays so has nothing that could change; a bare 0 is no agent at all to Proxmox.
  const staysOff = leaves.every((leaf) => leaf.key !== "enabled" || !isOn(leaf.to));
  return staysOff && current.size > 1 ? "live" : "cold";
}

function isOn(value: string | undefined): boolean {
  return parseBoolean(value ?? "0") === true;
}

function ownedOption(name: string, value: Scalar | Keys): OwnedKey {
  const path = `options.${name}`;
  const rule = optionRule(name) ?? unknownRule;
  const format = rule.format ?? { keys: {} };
  const base = { key: name, path, section: "options" } as const;
  if (typeof value === "object") return { ...base, format, leaves: leavesOf(path, format, value) };
  const keys = rule.format && keysIn(rule.format, toText(rule, value));
  if (keys === undefined) return { ...base, leaves: [leafOf(path, "", rule, value)] };
  const leaves = leavesOf(path, format, keys).map((leaf) =>
    leaf.key === format.defaultKey ? { ...leaf, path } : leaf,
  );
  return { ...base, format, leaves, shorthand: value };
}

/** The keys that a declared text names: these are owned, as if they had been declared one by one. */
function keysIn(format: PropertyFormat, text: string): Keys | undefined {
  const keys = readableProperties(format, text);
  return keys && Object.fromEntries(keys);
}

function ownedNic(slot: string, keys: Keys): OwnedKey {
  const path = `nics.${slot}`;
  return { key: slot, path, section: "nics", format: nicFormat, leaves: leavesOf(path, nicFormat, keys) };
}

function ownedDrive(slot: string, keys: Keys): OwnedKey {
  const path = `drives.${slot}`;
  const format = driveFormat(slot) ?? { keys: {}, defaultKey: "file" };
  const { size, datastore, ...rest }: Readonly<Record<string, Scalar | undefined>> & Keys = keys;
  return {
    key: slot,
    path,
    section: "drives",
    format,
    leaves: leavesOf(path, format, rest),
    ...(size !== undefined && { size: leafOf(path, "size", { type: "size", change: "live" }, size) }),
    ...(datastore !== undefined && { datastore: leafOf(path, "datastore", datastoreRule, datastore) }),
  };
}

function leavesOf(path: string, format: PropertyFormat, keys: Keys): PresentLeaf[] {
  return Object.entries(keys).map(([key, value]) => leafOf(path, key, ruleOf(format, key), value));
}

function ruleOf({ keys }: PropertyFormat, key: string): KeyRule {
  return (Object.hasOwn(keys, key) ? keys[key] : undefined) ?? unknownRule;
}

function leafOf(path: string, key: string, rule: KeyRule, value: Scalar): PresentLeaf {
  return { path: key === "" ? path : `${path}.${key}`, key, rule, value, to: toText(rule, value) };
}

function absentLeaf(path: string, key: string, rule: KeyRule): Leaf {
  return { path: key === "" ? path : `${path}.${key}`, key, rule, value: undefined, to: undefined };
}

/** Adds what is declared to be absent, to the key that it is part of where that is declared too. */
function withAbsent(present: readonly OwnedKey[], absent: readonly string[]): OwnedKey[] {
  const owned = new Map(present.map((one) => [one.path, one]));
  for (const path of absent) {
    const [section = "", name = "", key = ""] = path.split(".");
    const whole = `${section}.${name}`;
    const base = owned.get(whole) ?? ownedNothing(section, name, key);
    const leaf = key === "" ? absentLeaf(whole, "", optionRule(name) ?? unknownRule) : partOf(base, key);
    owned.set(whole, { ...base, leaves: [...base.leaves, leaf] });
  }
  return [...owned.values()];
}

/** A top-level key of which nothing is declared to be there. */
function ownedNothing(section: string, name: string, key: string): OwnedKey {
  if (section === "nics") return ownedNic(name, {});
  if (section === "drives") return ownedDrive(name, {});
  return key === ""
    ? { key: name, path: `options.${name}`, section: "options", leaves: [] }
    : ownedOption(name, {});
}

/** Adds what cannot be there beside what is declared. */
function withImplied(owned: OwnedKey): OwnedKey {
  const parts = impliedAbsent(owned.key, new Map(owned.leaves.map(({ key, to }) => [key, to])));
  if (parts.length === 0) return owned;
  return {
    ...owned,
    leaves: [...owned.leaves, ...parts.map((key) => ({ ...partOf(owned, key), implied: true as const }))],
  };
}

/** A key of the string, owned as absent. */
function partOf({ path, format }: OwnedKey, key: string): Leaf {
  return absentLeaf(path, key, ruleOf(format ?? { keys: {} }, key));
}
