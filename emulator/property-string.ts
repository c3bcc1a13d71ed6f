import { byBytes } from "./by-bytes.ts";
import { MISSING_PROPERTY, type Rule, ruleError, UNDEFINED_PROPERTY } from "./rule.ts";

/** The comma-separated `key=value` list that many options are written in. */
export interface PropertySchema {
  /** The key of a part that has no `=`. */
  readonly defaultKey?: string;
  readonly keys: Readonly<Record<string, Rule>>;
  /** Other spellings of a key; with `keyTo`, the spelling itself is a value too (net: `virtio=MAC`). */
  readonly aliases?: Readonly<Record<string, { readonly to: string; readonly keyTo?: string }>>;
}

/** What is wrong with a property string, in Proxmox's words. */
export class FormatError extends Error {}

function looseBoolean(value: string): string {
  if (/^(?:1|on|yes|true)$/i.test(value)) return "1";
  if (/^(?:0|off|no|false)$/i.test(value)) return "0";
  return value;
}

function splitParts(schema: PropertySchema, source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of source.split(",")) {
    if (/^\s*$/.test(part)) continue;
    const pair = /^([^=]+)=(.+)$/s.exec(part);
    const written = pair?.[1] ?? (part.includes("=") ? undefined : schema.defaultKey);
    if (pair === null && part.includes("=")) {
      throw new FormatError("missing key in comma-separated list property");
    }
    if (written === undefined) {
      throw new FormatError("value without key, but schema does not define a default key");
    }
    const alias = Object.hasOwn(schema.aliases ?? {}, written) ? schema.aliases?.[written] : undefined;
    if (alias?.keyTo !== undefined) {
      if (found.has(alias.keyTo)) throw new FormatError(`key alias '${alias.keyTo}' is already defined`);
      found.set(alias.keyTo, written);
    }
    const key = alias?.to ?? written;
    if (alias !== undefined && found.has(key))
      throw new FormatError(`key '${key}' is already defined (via alias)`);
    if (found.has(key)) {
      throw new FormatError(`duplicate key in comma-separated list property: ${key}`);
    }
    const value = pair?.[2] ?? part;
    const rule = Object.hasOwn(schema.keys, key) ? schema.keys[key] : undefined;
    found.set(key, rule?.type === "boolean" ? looseBoolean(value) : value);
  }
  return found;
}

/**
 * Reads a property string and checks it against its schema.
 * @param name what the errors call it, such as `scsi0`
 * @throws FormatError with the text that Proxmox puts after "invalid format - "
 */
export function parseProperties(schema: PropertySchema, name: string, source: string): Map<string, string> {
  const found = splitParts(schema, source);
  const errors: string[] = [];
  for (const [key, value] of found) {
    const rule = Object.hasOwn(schema.keys, key) ? schema.keys[key] : undefined;
    const error = rule === undefined ? UNDEFINED_PROPERTY : ruleError(rule, value);
    if (error !== undefined) errors.push(`${name}.${key}: ${error}\n`);
  }
  for (const [key, rule] of Object.entries(schema.keys)) {
    if (rule.required && !found.has(key)) errors.push(`${name}.${key}: ${MISSING_PROPERTY}\n`);
  }
  if (errors.length > 0)
    throw new FormatError(`format error\n${errors.sort(byBytes).join("")}`.replace(/\n$/, ""));
  return found;
}
