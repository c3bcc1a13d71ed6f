import { byBytes } from "./by-bytes.ts";
import { MISSING_PROPERTY, type Rule, ruleError, UNDEFINED_PROPERTY } from "./rule.ts";

/** The comma-separated `key=value` list that many options are written in. */
export interface PropertySchema {
  /** The key of a part that has no `=`. */
  readonly defaultKey?: string;
  readonly keys: Readonly<Record<string, Rule>>;
  /** Other spellings of a key; with `keyTo`, the spelling itself is a value too (net: `virtio=MAC`). */
  readonly aliases?: Readonly<Record<string, { readonly to: string; readonly keyTo?: string }>>;
  /** Says what is wrong with keys that are fine one by one. */
  readonly problem?: (found: ReadonlyMap<string, string>) => string | undefined;
}

/** What is wrong with a property string, in Proxmox's words. */
export class FormatError extends Error {}

function looseBoolean(value: string): string {
  if (/^(?:1|on|yes|true)$/i.test(value)) return "1";
  if (/^(?:0|off|no|false)$/i.test(value)) return "0";
  return value;
}

/** Whether Perl takes the text for true: all but nothing, the empty text and `0`; `0.0` is true. */
export function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0";
}

function ruleOf(schema: PropertySchema, key: string): Rule | undefined {
  return Object.hasOwn(schema.keys, key) ? schema.keys[key] : undefined;
}

function splitParts(schema: PropertySchema, source: string): Map<string, string> {
  const found = new Map<string, string>();
  const put = (key: string, value: string) =>
    found.set(key, ruleOf(schema, key)?.type === "boolean" ? looseBoolean(value) : value);
  let isDefaultUsed = false;
  for (const part of source.split(",")) {
    if (/^\s*$/.test(part)) continue;
    const [, written, value = ""] = /^([^=]+)=(.+)$/s.exec(part) ?? [];
    if (written !== undefined) {
      if (found.has(written)) {
        throw new FormatError(`duplicate key in comma-separated list property: ${written}`);
      }
      const alias = Object.hasOwn(schema.aliases ?? {}, written) ? schema.aliases?.[written] : undefined;
      if (alias?.keyTo !== undefined) {
        if (found.has(alias.keyTo)) throw new FormatError(`key alias '${alias.keyTo}' is already defined`);
        found.set(alias.keyTo, written);
      }
      const key = alias?.to ?? written;
      if (found.has(key)) throw new FormatError(`key '${key}' is already defined (via alias)`);
      put(key, value);
      continue;
    }
    if (part.includes("=")) throw new FormatError("missing key in comma-separated list property");
    const { defaultKey } = schema;
    if (defaultKey === undefined) {
      throw new FormatError("value without key, but schema does not define a default key");
    }
    // A false value counts as none here, so that `enabled=0,1` is taken.
    if (isDefaultUsed || isTrue(found.get(defaultKey))) {
      throw new FormatError(`duplicate key in comma-separated list property: ${defaultKey}`);
    }
    isDefaultUsed = true;
    put(defaultKey, part);
  }
  return found;
}

/**
 * Reads a property string and checks it against its schema.
 * @param name what the errors call it, such as `scsi0`; empty where Proxmox names the key alone
 * @throws FormatError with the text that Proxmox puts after "invalid format - "
 */
export function parseProperties(schema: PropertySchema, name: string, source: string): Map<string, string> {
  const found = splitParts(schema, source);
  const errors: string[] = [];
  const add = (key: string, problem: string) =>
    errors.push(`${name === "" ? key : `${name}.${key}`}: ${problem}\n`);
  for (const [key, value] of found) {
    const rule = ruleOf(schema, key);
    const error = rule === undefined ? UNDEFINED_PROPERTY : ruleError(rule, value);
    if (error !== undefined) add(key, error);
    const needed = rule?.requires;
    if (needed !== undefined && !found.has(needed)) {
      add(needed, `missing property required by '${name === "" ? key : `${name}.${key}`}'`);
    }
  }
  for (const [key, rule] of Object.entries(schema.keys)) {
    if (rule.required && !found.has(key)) add(key, MISSING_PROPERTY);
  }
  if (errors.length > 0)
    throw new FormatError(`format error\n${errors.sort(byBytes).join("")}`.replace(/\n$/, ""));
  const problem = schema.problem?.(found);
  if (problem !== undefined) throw new FormatError(problem);
  return found;
}
