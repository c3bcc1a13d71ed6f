import type { Scalar } from "./declared.ts";
import { hotplugFeatures } from "./hotplug-features.ts";
import type { KeyRule, PropertyFormat } from "./key-rule.ts";
import { type Properties, PropertyStringError, parseProperties } from "./property-string.ts";
import { parseSize } from "./size.ts";

const truths = /^(?:1|on|yes|true)$/i;
const falsehoods = /^(?:0|off|no|false)$/i;

/** A boolean as Proxmox reads it inside property strings; undefined when it is none. */
export function parseBoolean(text: string): boolean | undefined {
  if (truths.test(text)) return true;
  return falsehoods.test(text) ? false : undefined;
}

/** What Proxmox takes for a number. */
export function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
}

/** A declared value as text that Proxmox takes for this key. */
export function toText(rule: KeyRule, value: Scalar): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number") return String(value);
  const truth = rule.type === "boolean" ? parseBoolean(value) : undefined;
  if (truth !== undefined) return truth ? "1" : "0";
  return value;
}

/** Whether two texts of a key mean the same to Proxmox; an absent one means what the rule says, if anything. */
export function sameMeaning(rule: KeyRule, a: string | undefined, b: string | undefined): boolean {
  const left = a ?? rule.absent;
  const right = b ?? rule.absent;
  if (left === undefined || right === undefined) return left === right;
  if (left === right) return true;
  switch (rule.type) {
    case "boolean":
      return parseBoolean(left) !== undefined && parseBoolean(left) === parseBoolean(right);
    case "number":
    case "integer":
      return isNumber(left) && isNumber(right) && kept(rule, left) === kept(rule, right);
    case "size":
      return parseSize(left) !== undefined && parseSize(left) === parseSize(right);
    case "mac":
      return left.toLowerCase() === right.toLowerCase();
    case "list":
      return items(left).join() === items(right).join();
    case "set":
      return sameItems(items(left.toLowerCase()), items(right.toLowerCase()));
    case "features":
      return sameItems([...hotplugFeatures(left)], [...hotplugFeatures(right)]);
    case "notes":
      return left.replace(/\n+$/, "") === right.replace(/\n+$/, "");
    case "encoded":
      return decoded(left) === decoded(right);
    case "properties":
      return rule.format !== undefined && sameText(rule.format, left, right);
    default:
      return false;
  }
}

/** As {@link sameMeaning}, but what is there differs from what is left out: whoever wrote it chose to. */
export function sameNotation(rule: KeyRule, a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameMeaning(rule, a, b);
}

/** Whether two property strings mean the same, key by key; `size` is what a storage reports, and is ignored. */
function sameProperties(format: PropertyFormat, a: Properties, b: Properties): boolean {
  const keys = new Set([...a.keys(), ...b.keys()]);
  keys.delete("size");
  return [...keys].every((key) => {
    const rule = Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
    return rule === undefined ? a.get(key) === b.get(key) : sameMeaning(rule, a.get(key), b.get(key));
  });
}

function sameText(format: PropertyFormat, a: string, b: string): boolean {
  try {
    return sameProperties(format, parseProperties(format, a), parseProperties(format, b));
  } catch (error) {
    if (error instanceof PropertyStringError) return false;
    throw error;
  }
}

/** The number as Proxmox keeps it. */
function kept({ ceiling = Number.POSITIVE_INFINITY }: KeyRule, text: string): number {
  return Math.min(Number(text), ceiling);
}

function items(text: string): string[] {
  return text.split(/[,;\s]+/).filter((item) => item !== "");
}

function sameItems(a: readonly string[], b: readonly string[]): boolean {
  return a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text).trim();
  } catch {
    return text;
  }
}
