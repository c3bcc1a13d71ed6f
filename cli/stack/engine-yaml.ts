import { type Document, type LineCounter, parseDocument, type ScalarTag } from "yaml";

/** A large fleet may say the same of all its VMs by an anchor; what grows without bounds is refused. */
const mostAliases = 100_000;

const date = String.raw`(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)`;
const time = String.raw`(?<hour>\d\d?):(?<minute>\d\d?):(?<second>\d\d?)(?<fraction>\.\d+)?`;
const timestamps = [
  new RegExp(`^${date}$`),
  new RegExp(`^${date} ${time}$`),
  new RegExp(`^${date}[Tt]${time}(?<zone>Z|[+-]\\d\\d:\\d\\d)$`),
];
const prefixes: Readonly<Record<string, string>> = { "0b": "[01]+", "0o": "[0-7]+", "0x": "[0-9a-f]+" };

/**
 * A plain scalar that begins as a number does, read as Pulumi's engine reads it: octals of YAML 1.1 and 1.2, binary
 * numbers, underscores, and timestamps, which it turns into text of a form of its own.
 *
 * @see https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go
 */
const numberLike: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^(?:[-+]?\d|\.\d)/,
  resolve: (text) => timestamp(text) ?? number(text) ?? text,
};

/**
 * Parses a stack file as Pulumi's engine does, so that the program and `fleet` see the same: merge keys included.
 *
 * @param lines receives where each line begins
 * @throws {YamlMistake} with the line, on what is no YAML, or what the two readers could not agree on
 */
export function parseAsEngine(text: string, lines: LineCounter): { document: Document; value: unknown } {
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    customTags: (tags) => [numberLike, ...tags],
  });
  const [broken = document.warnings[0]] = document.errors;
  if (broken !== undefined) {
    const [what = ""] = broken.message.split("\n");
    throw new YamlMistake(broken.linePos?.[0].line ?? 1, what.replace(/ at line \d+.*$/, ""));
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0085\u2028\u2029]/.exec(text);
  if (odd !== null) {
    const code = odd[0].charCodeAt(0).toString(16).padStart(4, "0");
    const line = text.slice(0, odd.index).split("\n").length;
    throw new YamlMistake(
      line,
      `the character U+${code.toUpperCase()}, which Pulumi refuses or takes for a line break`,
    );
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    // Fails on what contains itself.
    JSON.stringify(value);
    return { document, value };
  } catch (error) {
    throw new YamlMistake(1, (error as Error).message.split("\n")[0] ?? "");
  }
}

/** Text that is no YAML to Pulumi's engine. */
export class YamlMistake extends Error {
  /** From 1. */
  readonly line: number;

  constructor(line: number, what: string) {
    super(what);
    this.name = "YamlMistake";
    this.line = line;
  }
}

function number(text: string): number | undefined {
  if (text.startsWith(".")) return /^\.\d+(?:[eE][-+]?\d+)?$/.test(text) ? finite(Number(text)) : undefined;
  const plain = text.replaceAll("_", "");
  return (
    integer(plain) ??
    (/^[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(plain) ? finite(Number(plain)) : undefined)
  );
}

/** Within 64 bits; what is larger is a number with a point. */
function integer(plain: string): number | undefined {
  const [, sign, digits = ""] = /^([-+]?)(.*)$/.exec(plain.toLowerCase()) ?? [];
  const literal = /^0\d/.test(digits) ? digits.replace(/^0+/, "0o") : digits;
  const allowed = prefixes[literal.slice(0, 2)];
  if (!new RegExp(allowed === undefined ? "^\\d+$" : `^0.${allowed}$`).test(literal)) return undefined;
  const magnitude = BigInt(literal);
  if (magnitude >= 2n ** (sign === "-" ? 63n : 64n)) return undefined;
  return Number(sign === "-" ? -magnitude : magnitude);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

/** As Go prints a time: `2026-12-31 00:00:00 +0000 UTC`. */
function timestamp(text: string): string | undefined {
  const parts = timestamps.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  if (parts === undefined) return undefined;
  const two = (part = "0") => part.padStart(2, "0");
  const { year = "", month, day, hour, minute, second, fraction = "", zone = "Z" } = parts;
  const [date, time] = [`${year}-${two(month)}-${two(day)}`, `${two(hour)}:${two(minute)}:${two(second)}`];
  const parsed = new Date(`${date}T${time}Z`);
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(`${date}T${time}`)) return undefined;
  const offset = zone.replace(":", "");
  const place = zone === "Z" ? "+0000 UTC" : offset.endsWith("0000") ? "+0000 +0000" : `${offset} ${offset}`;
  const rest = fraction.slice(0, 10).replace(/\.?0+$/, "");
  return `${date} ${time}${rest} ${place}`;
}
