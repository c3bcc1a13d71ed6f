import { later, partsOf, type View } from "./view.ts";

type Scalar = string | number | boolean;
type Parts = Readonly<Record<string, Scalar>>;

/** What a round declares of its VM; a drive with a `datastore` is one that it adds. */
export interface Declaration {
  readonly options: Readonly<Record<string, Scalar>>;
  readonly drives: Readonly<Record<string, Parts>>;
  readonly nics: Readonly<Record<string, Parts>>;
  /** Paths of what must not be there, such as `drives.scsi0.mbps_rd`. */
  readonly absent?: readonly string[];
  readonly foreignSlots: readonly string[];
}

/** One declared value, by where it stands in the config. */
export interface Leaf {
  readonly key: string;
  readonly part: string;
  /** Undefined: it must not be there, and nothing means the same. */
  readonly wanted: string | undefined;
  /** Declared as absent: it is so in a device that is not there, too. */
  readonly isAbsent: boolean;
}

/** Caps of a drive; their absence means no limit. */
export const capParts: readonly string[] = ["mbps_rd", "mbps_wr", "iops_rd", "iops_wr"];
/** Parts that keep a drive of a running VM waiting, as Proxmox's own list has them. */
const coldParts = ["aio", "cache", "discard", "iothread", "ssd"];
/** Options that a running VM takes at its next cold start only. */
const coldOptions = ["boot", "cores", "memory", "scsihw"];
const booleanParts = ["backup", "firewall", "iothread", "onboot", "ssd"];
/** What a key that is not there means to Proxmox. */
const absentMeans: Readonly<Record<string, string>> = {
  ...Object.fromEntries(capParts.map((part) => [part, "0"])),
  backup: "1",
  cache: "none",
  cores: "1",
  cpulimit: "0",
  description: "",
  discard: "ignore",
  firewall: "0",
  iothread: "0",
  onboot: "0",
  rate: "0",
  ssd: "0",
};

/** Every declared value but those that only say how to make a drive. */
export function leavesOf({ options, drives, nics, absent = [] }: Declaration): Leaf[] {
  const leaf = (key: string, part: string, value: Scalar): Leaf => ({
    key,
    part,
    wanted: textOf(value),
    isAbsent: false,
  });
  const whole = Object.entries(options).map(([key, value]) => leaf(key, "", value));
  const parts = Object.entries({ ...drives, ...nics }).flatMap(([key, all]) =>
    Object.entries(all)
      .filter(([part]) => part !== "datastore")
      .map(([part, value]) => leaf(key, part, value)),
  );
  const gone = absent.map((path): Leaf => {
    const [key, part] = placeOf(path);
    return { key, part, wanted: absentMeans[part === "" ? key : part], isAbsent: true };
  });
  return [...whole, ...parts, ...gone];
}

/** Key and part that a path such as `drives.scsi0.mbps_rd` names. */
function placeOf(path: string): [key: string, part: string] {
  const [, key = "", part = ""] = path.split(".");
  return [key, part];
}

function textOf(value: Scalar): string {
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

/** Top-level keys that the declaration may write. */
export function declaredKeys(declaration: Declaration): Set<string> {
  return new Set(leavesOf(declaration).map(({ key }) => key));
}

/** Options that the declaration may delete. */
export function deletableKeys(declaration: Declaration): Set<string> {
  const options = leavesOf(declaration).filter(({ part, isAbsent }) => isAbsent && part === "");
  return new Set(options.map(({ key }) => key));
}

/** Whether a part of a key is declared; an option is declared as a whole. */
export function isDeclared(declaration: Declaration, key: string, part: string): boolean {
  // What a slot is made of comes with the slot: its volume, and the size that the storage reports.
  if (part === "" && declaration.drives[key]?.datastore !== undefined) return true;
  return leavesOf(declaration).some(
    (leaf) => leaf.key === key && (leaf.part === "" || leaf.part === part || part === "size"),
  );
}

/** Whether a change to the value waits for a cold start when the VM runs. */
export function isCold(key: string, part: string): boolean {
  return part === "" ? coldOptions.includes(key) : coldParts.includes(part);
}

/**
 * Whether a text waits for what nobody declared: Proxmox takes it as a whole, so that what could be live waits, too,
 * and nothing of it may be written over.
 */
export function isHeld(declaration: Declaration, view: View, key: string): boolean {
  const [now, next] = [view.config, later(view)].map((config) => partsOf(key, config[key]));
  if (view.running === null || !(key in view.config) || !(key in later(view))) return false;
  return coldParts.some((part) => !isDeclared(declaration, key, part) && now?.get(part) !== next?.get(part));
}

function isSame({ key, part, wanted, isAbsent }: Leaf, config: Readonly<Record<string, string>>): boolean {
  const text = config[key];
  if (text === undefined && part !== "") return isAbsent;
  const name = part === "" ? key : part;
  const found = meaningOf(name, partsOf(key, text).get(part)) ?? absentMeans[name];
  if (found === undefined || wanted === undefined) return found === wanted;
  return found === wanted || (wanted !== "" && found !== "" && Number(found) === Number(wanted));
}

/** A value without the freedom of notation that Proxmox leaves to whoever types a boolean. */
export function meaningOf(name: string, value: string | undefined): string | undefined {
  if (value === undefined || !booleanParts.includes(name)) return value;
  if (/^(?:on|yes|true)$/i.test(value)) return "1";
  return /^(?:off|no|false)$/i.test(value) ? "0" : value;
}

/** Declared values that are not so now although they could be. */
export function wrongNow(declaration: Declaration, view: View): Leaf[] {
  if (view.running === null) return [];
  return leavesOf(declaration).filter(
    (leaf) =>
      (leaf.part === "" || leaf.key in view.config) &&
      !isCold(leaf.key, leaf.part) &&
      !isHeld(declaration, view, leaf.key) &&
      !isSame(leaf, view.config),
  );
}

/** Declared values that will not be so after the next cold start. */
export function wrongLater(declaration: Declaration, view: View): Leaf[] {
  return leavesOf(declaration).filter((leaf) => !isSame(leaf, later(view)));
}

/**
 * Most requests that a converging VM needs: one for each drive that grows, and for the config none when all is right,
 * two when a key must be written once for now and once for later, one otherwise. Growth comes between what is for now
 * and what is for later, since a text that waits tells the size of its day.
 */
export function writesNeeded(declaration: Declaration, view: View): number {
  const isSize = (leaf: Leaf) => leaf.part === "size" && leaf.key in view.config;
  const [now, next] = [wrongNow(declaration, view), wrongLater(declaration, view)];
  const growing = new Set([...now, ...next].filter(isSize).map(({ key }) => key));
  const live = now.filter((leaf) => !isSize(leaf));
  const willWait = (key: string) =>
    view.config[key] !== later(view)[key] ||
    leavesOf(declaration).some(
      (leaf) => leaf.key === key && isCold(key, leaf.part) && !isSame(leaf, view.config),
    );
  if (live.length === 0 && next.every(isSize)) return growing.size + Number([...growing].some(willWait));
  return growing.size + (growing.size > 0 || live.some(({ key }) => willWait(key)) ? 2 : 1);
}

/** Whether a drive is declared smaller than any text says that it is. */
export function isShrunk(declaration: Declaration, view: View): boolean {
  return Object.entries(declaration.drives).some(([key, { size, datastore }]) =>
    [view.config, later(view)].some((config) => {
      const has = partsOf(key, config[key]).get("size");
      return size !== undefined && datastore === undefined && has !== undefined && gib(size) < gib(has);
    }),
  );
}

function gib(size: Scalar): number {
  return Number.parseFloat(String(size));
}
