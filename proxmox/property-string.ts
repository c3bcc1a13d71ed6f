import type { PropertyFormat } from "./key-rule.ts";

/** Keys and values of one property string; values are Proxmox's own text. */
export type Properties = ReadonlyMap<string, string>;

/** A text that Proxmox itself would refuse; the message is Proxmox's. */
export class PropertyStringError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PropertyStringError";
  }
}

/**
 * Splits a property string into its keys as Proxmox does; unknown keys are kept, and so is every value's text.
 *
 * @throws {PropertyStringError} on a key without a value, a key twice, or a bare value that has no key
 */
export function parseProperties(format: PropertyFormat, text: string): Map<string, string> {
  const properties = new Map<string, string>();
  const add = (
    key: string,
    value: string,
    taken = `duplicate key in comma-separated list property: ${key}`,
  ) => {
    if (properties.has(key)) throw new PropertyStringError(taken);
    properties.set(key, value);
  };
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    if (at < 0) {
      if (format.defaultKey === undefined) {
        throw new PropertyStringError("value without key, but schema does not define a default key");
      }
      add(format.defaultKey, part);
      continue;
    }
    const key = part.slice(0, at);
    const value = part.slice(at + 1);
    if (key === "" || value === "") {
      throw new PropertyStringError("missing key in comma-separated list property");
    }
    const { combined, aliases = {} } = format;
    const alias = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
    if (combined?.names.includes(key)) {
      add(combined.key, key, `key alias '${combined.key}' is already defined`);
      add(combined.value, value, `key '${combined.value}' is already defined (via alias)`);
    } else if (alias === undefined) {
      add(key, value);
    } else {
      add(alias, value, `key '${alias}' is already defined (via alias)`);
    }
  }
  return properties;
}

/** As {@link parseProperties}, but undefined for a text that is absent or that nobody can read. */
export function readableProperties(
  format: PropertyFormat,
  text: string | undefined,
): Map<string, string> | undefined {
  if (text === undefined) return undefined;
  try {
    return parseProperties(format, text);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}

/** Prints keys as Proxmox does: the default key first, and bare unless the format says otherwise, then all others by their bytes. */
export function printProperties(format: PropertyFormat, properties: Properties): string {
  const { defaultKey, combined } = format;
  const parts: string[] = [];
  const done = new Set<string>();
  if (combined) {
    const name = properties.get(combined.key);
    const value = properties.get(combined.value);
    if (name !== undefined && value !== undefined) {
      parts.push(`${name}=${value}`);
      done.add(combined.key).add(combined.value);
    }
  }
  if (defaultKey !== undefined && !done.has(defaultKey)) {
    const value = properties.get(defaultKey);
    if (value !== undefined) parts.push(format.zeroIsNone ? `${defaultKey}=${value}` : value);
    done.add(defaultKey);
  }
  for (const key of [...properties.keys()].sort(byBytes)) {
    if (!done.has(key)) parts.push(`${key}=${properties.get(key)}`);
  }
  return parts.join(",");
}

/** Orders text by its UTF-8 bytes, as Perl's `sort` does. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
