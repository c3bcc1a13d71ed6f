import type { KeyRule } from "./key-rule.ts";
import { isNumber, parseBoolean, toText } from "./meaning.ts";
import { PropertyStringError, parseProperties } from "./property-string.ts";
import { parseSize } from "./size.ts";

/** What is wrong with a declared value, and what would be right. */
export interface ValueMistake {
  readonly wrong: string;
  readonly allowed: string;
}

/**
 * Checks one declared value against its rule.
 *
 * @param inside whether the value stands inside a property string, where a comma would begin another key
 */
export function valueMistake(rule: KeyRule, value: unknown, inside: boolean): ValueMistake | undefined {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") {
    return { wrong: "not a plain value", allowed: `allowed is ${described(rule)}` };
  }
  const text = toText(rule, value);
  const allowed = `allowed is ${described(rule)}`;
  if (!fits(rule, value, text, inside)) return { wrong: "wrong type of value", allowed };
  if (inside && /[,\n\r]/.test(text)) {
    return {
      wrong: "a comma or line break, which would end the key",
      allowed: "allowed is text without them",
    };
  }
  if (text === "" && (inside || rule.absent !== "")) return { wrong: "an empty value", allowed };
  const { minimum = -Infinity, maximum = Infinity, maxLength = Infinity, pattern } = rule;
  const isOutside = isNumeric(rule) && (Number(text) < minimum || Number(text) > maximum);
  if (isOutside || text.length > maxLength) return { wrong: "out of range", allowed };
  if (rule.values !== undefined && !rule.values.includes(text))
    return { wrong: "not one of the values", allowed };
  if (pattern !== undefined && !pattern.test(text))
    return { wrong: "not of the form that Proxmox takes", allowed };
  return undefined;
}

function fits(rule: KeyRule, value: string | number | boolean, text: string, inside: boolean): boolean {
  switch (rule.type) {
    case "boolean":
      return parseBoolean(text) !== undefined;
    case "number":
      // An option that is one number is read back from the file, where Proxmox knows fewer notations.
      return typeof value !== "boolean" && (inside ? isNumber(text) : /^\d+(?:\.\d+)?$/.test(text));
    case "integer":
      return typeof value !== "boolean" && (inside ? /^[+-]?\d+$/ : /^\d+$/).test(text);
    case "size":
      return typeof value === "string" && (parseSize(text) ?? 0) > 0;
    case "properties":
      return text !== "" && isReadable(rule, text);
    default:
      return typeof value !== "boolean";
  }
}

function isReadable(rule: KeyRule, text: string): boolean {
  try {
    const { format = { keys: {} } } = rule;
    if (format.zeroIsNone && text === "0") return false;
    const found = parseProperties(format, text);
    if (Object.keys(format.required ?? {}).some((key) => !found.has(key))) return false;
    return [...found].every(([key, value]) => {
      const inner = Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
      return inner !== undefined && valueMistake(inner, value, true) === undefined;
    });
  } catch (error) {
    if (error instanceof PropertyStringError) return false;
    throw error;
  }
}

function isNumeric({ type }: KeyRule): boolean {
  return type === "number" || type === "integer";
}

function described(rule: KeyRule): string {
  const { type, minimum, maximum, values, maxLength, format } = rule;
  switch (type) {
    case "boolean":
      return "true or false";
    case "number":
    case "integer": {
      const noun = type === "number" ? "a number" : "a whole number";
      if (minimum !== undefined && maximum !== undefined) return `${noun} from ${minimum} to ${maximum}`;
      return minimum === undefined ? noun : `${noun} from ${minimum}`;
    }
    case "enum":
      return (values ?? []).join(", ");
    case "size":
      return "a size with a unit, such as 32G";
    case "mac":
      return "a unicast MAC address, such as BC:24:11:00:00:01";
    case "properties":
      return `text of the keys ${Object.keys(format?.keys ?? {}).join(", ")}`;
    default:
      return maxLength === undefined ? "text" : `text of at most ${maxLength} characters`;
  }
}
