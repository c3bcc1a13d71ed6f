import { z } from "zod";
import { isNumber, parseBoolean } from "../../proxmox/meaning.ts";
import { parseSize } from "../../proxmox/size.ts";
import { advice } from "../spec/advice.ts";
import type { Mistake } from "./mistake.ts";
import { schemaAt, valueAt } from "./schema-walk.ts";

type Issue = z.core.$ZodIssue;

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping of keys to values",
  record: "a mapping of keys to values",
};

/** Every mistake that the schema finds in a value, in the words of the reader's file. */
export function schemaMistakes(schema: z.core.$ZodType, value: unknown): Mistake[] {
  const result = z.safeParse(schema, value);
  return result.success ? [] : result.error.issues.flatMap((issue) => fromIssue(schema, value, issue));
}

function fromIssue(schema: z.core.$ZodType, root: unknown, issue: Issue): Mistake[] {
  const got = valueAt(root, issue.path);
  const target = schemaAt(schema, issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => unknownKey(target, [...issue.path, key], valueAt(got, [key])));
  }
  if (issue.code === "invalid_key") return invalidKey(schema, root, issue);
  const said = target === undefined ? undefined : advice.get(target);
  const wording = wordingOf(issue, got, target);
  return [{ path: issue.path, got, ...wording, ...said, ...(got === undefined && missing) }];
}

const missing = { wrong: "is missing", fix: "add it" };

function unknownKey(
  parent: z.core.$ZodType | undefined,
  path: readonly PropertyKey[],
  got: unknown,
): Mistake {
  const known = parent instanceof z.ZodObject ? Object.keys(parent.shape) : [];
  if (/passw/i.test(String(path.at(-1)))) {
    return {
      path,
      wrong: "is a password, which Proxmox never shows again, so that it could not be compared",
      got: "(not shown)",
      allowed: `known keys are ${known.join(", ")}`,
      fix: "use sshKeys, and remove it from this file and its history",
    };
  }
  return {
    path,
    wrong: "is an unknown key",
    got,
    allowed: `known keys are ${known.join(", ")}`,
    fix: "correct the spelling or remove it",
  };
}

/** A wrong key of a record, and what is wrong below it, which zod does not look at. */
function invalidKey(schema: z.core.$ZodType, root: unknown, issue: z.core.$ZodIssueInvalidKey): Mistake[] {
  const record = schemaAt(schema, issue.path.slice(0, -1));
  if (!(record instanceof z.ZodRecord)) return [];
  const mistake: Mistake = {
    path: issue.path,
    wrong: "is no valid key",
    got: issue.path.at(-1),
    allowed: "see docs/fleet.md",
    fix: "correct the key",
    ...advice.get(record.keyType),
  };
  const below = schemaMistakes(record.valueType, valueAt(root, issue.path));
  return [mistake, ...below.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))];
}

function wordingOf(issue: Issue, got: unknown, schema: z.core.$ZodType | undefined) {
  switch (issue.code) {
    case "invalid_type":
      return {
        wrong: issue.expected === "int" && typeof got === "number" ? "must be whole" : "has the wrong type",
        allowed: schema instanceof z.ZodNumber ? rangeOf(schema) : (kinds[issue.expected] ?? issue.expected),
        fix: typeof got === "string" ? textFix(issue, got) : "correct it",
      };
    case "invalid_value":
      return { wrong: "is not a known value", allowed: issue.values.join(", "), fix: "write one of these" };
    case "too_small":
      if (issue.origin === "string" || issue.origin === "array") {
        return { wrong: "is empty", allowed: "at least one item", fix: "fill it in or remove the key" };
      }
      return {
        wrong: Number(got) < 0 ? "is negative" : "is too small",
        allowed: rangeOf(schema),
        fix: "correct it",
      };
    case "too_big":
      if (issue.origin === "string") {
        return { wrong: "is too long", allowed: `at most ${issue.maximum} characters`, fix: "shorten it" };
      }
      return { wrong: "is too large", allowed: rangeOf(schema), fix: "correct it" };
    default:
      return { wrong: "is not valid", allowed: "see docs/fleet.md", fix: "correct it" };
  }
}

/** How to write what stands there as text. */
function textFix({ expected, path }: z.core.$ZodIssueInvalidType, got: string): string {
  if (expected === "boolean") {
    const meant = parseBoolean(got);
    if (/^(?:true|false)$/i.test(got)) return "write it without quotes";
    return meant === undefined ? "correct it" : `write ${meant}`;
  }
  if (expected !== "number" && expected !== "int") return "correct it";
  if (isNumber(got)) return "write it without quotes";
  const [, unit = ""] = /(MiB|GiB)(?:ps)?$/.exec(String(path.at(-1))) ?? [];
  const size = got.replace(/^(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?(?:\/s|ps)?$/, "$1$2");
  const amount = (parseSize(size) ?? Number.NaN) / (bytes[unit] ?? Number.NaN);
  return Number.isInteger(amount) && amount > 0 ? `write ${amount}` : "correct it";
}

const bytes: Readonly<Record<string, number>> = { MiB: 2 ** 20, GiB: 2 ** 30 };

function rangeOf(schema: z.core.$ZodType | undefined): string {
  if (!(schema instanceof z.ZodNumber)) return "see docs/fleet.md";
  const [least, most] = [schema.minValue ?? 0, schema.maxValue ?? Number.MAX_SAFE_INTEGER];
  const kind = schema.format === null ? "a number" : "a whole number";
  return most >= Number.MAX_SAFE_INTEGER ? `${kind}, at least ${least}` : `${kind}, ${least} to ${most}`;
}
