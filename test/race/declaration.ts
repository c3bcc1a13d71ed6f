import { later, partsOf, type View } from "./view.ts";

type Scalar = string | number | boolean;
type Parts = Readonly<Record<string, Scalar>>;

/** What a round declares of its VM; `size` and `datastore` are of drives that it adds. */
export interface Declaration {
  readonly options: Readonly<Record<string, Scalar>>;
  readonly drives: Readonly<Record<string, Parts>>;
  readonly nics: Readonly<Record<string, Parts>>;
  readonly foreignSlots: readonly string[];
}

/** One declared value, by where it stands in the config. */
export interface Leaf {
  readonly key: string;
  readonly part: string;
  readonly wanted: string;
}

/** Caps of a drive; their absence means no limit. */
export const capParts: readonly string[] = ["mbps_rd", "mbps_wr", "iops_rd", "iops_wr"];
/** Parts that keep a drive of a running VM waiting, as Proxmox's own list has them. */
const coldParts = ["aio", "cache", "discard", "iothread", "ssd"];
/** Options that a running VM takes at its next cold start only. */
const coldOptions = ["boot", "cores", "memory", "scsihw"];
/** What a key that is not there means to Proxmox. */
const absent: Readonly<Record<string, string>> = {
  ...Object.fromEntries(capParts.map((part) => [part, "0"])),
  backup: "1",
  cache: "none",
  cores: "1",
  description: "",
  discard: "ignore",
  firewall: "0",
  iothread: "0",
  onboot: "0",
  ssd: "0",
};

/** Every declared value but those that only say how to make a drive. */
export function leavesOf({ options, drives, nics }: Declaration): Leaf[] {
  const whole = Object.entries(options).map(([key, value]) => ({ key, part: "", wanted: textOf(value) }));
  const parts = Object.entries({ ...drives, ...nics }).flatMap(([key, all]) =>
    Object.entries(all)
      .filter(([part]) => part !== "size" && part !== "datastore")
      .map(([part, value]) => ({ key, part, wanted: textOf(value) })),
  );
  return [...whole, ...parts];
}

function textOf(value: Scalar): string {
  return typeof value === "boolean" ? String(Number(value)) : String(value);
}

/** Top-level keys that the declaration may write. */
export function declaredKeys({ options, drives, nics }: Declaration): Set<string> {
  return new Set([...Object.keys(options), ...Object.keys(drives), ...Object.keys(nics)]);
}

/** Whether a part of a key is declared; an option is declared as a whole. */
export function isDeclared(declaration: Declaration, key: string, part: string): boolean {
  if (Object.hasOwn(declaration.options, key)) return true;
  const parts = declaration.drives[key] ?? declaration.nics[key];
  // What a slot is made of comes with the slot: its volume, and the size that the storage reports.
  const isMade = declaration.drives[key]?.datastore !== undefined && part === "";
  return parts !== undefined && (Object.hasOwn(parts, part) || part === "size" || isMade);
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

function isSame({ key, part, wanted }: Leaf, config: Readonly<Record<string, string>>): boolean {
  const text = config[key];
  if (text === undefined && part !== "") return false;
  const found = partsOf(key, text).get(part) ?? absent[part === "" ? key : part];
  if (found === undefined) return false;
  return found === wanted || (wanted !== "" && found !== "" && Number(found) === Number(wanted));
}

/** Declared values that are not so now although they could be. */
export function wrongNow(declaration: Declaration, view: View): Leaf[] {
  if (view.running === null) return [];
  return leavesOf(declaration).filter(
    (leaf) =>
      leaf.key in view.config &&
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
 * Most config requests that a converging VM needs: none when all is right, two when a key must be written
 * once for now and once for later, one otherwise.
 */
export function writesNeeded(declaration: Declaration, view: View): number {
  const now = wrongNow(declaration, view);
  if (now.length === 0 && wrongLater(declaration, view).length === 0) return 0;
  const isTwice = now.some(({ key }) => {
    const waits = view.config[key] !== later(view)[key];
    const willWait = leavesOf(declaration).some(
      (leaf) => leaf.key === key && isCold(key, leaf.part) && !isSame(leaf, view.config),
    );
    return waits || willWait;
  });
  return isTwice ? 2 : 1;
}
