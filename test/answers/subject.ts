import type { Changes, Lines } from "./rows.ts";

/** Where one subject's answer is not Proxmox's. */
export interface Difference {
  /** What kind of difference it is; differences of one class are counted together. */
  readonly class: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** A row that is kept out of the figure, for a reason that is printed with its count. */
export interface Apart {
  readonly apart: string;
}

/** What comes of one row: the same answer, another one, kept apart with a reason, or `undefined`: not its subject. */
export type Verdict = "same" | Difference | Apart | undefined;

/** Something that gives an answer to the rows of one file. */
export interface Subject<Row> {
  /** The file of rows, such as `update.jsonl`. */
  readonly file: string;
  /** Who is asked, such as `emulator`. */
  readonly name: string;
  judge(row: Row): Verdict | Promise<Verdict>;
}

/** A subject whose rows are read from a file and trusted to have the file's shape. */
export type AnySubject = Subject<never>;

/** Compares two answers as JSON with sorted keys. */
export function compare(kind: string, expected: unknown, got: unknown): Verdict {
  return canonicalJson(expected) === canonicalJson(got) ? "same" : { class: kind, expected, got };
}

/** JSON that is the same text for the same value, whatever the order of its keys. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

/** What a section's keys became. */
export function changesBetween(before: Lines, after: Lines): Changes {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const moved = [...keys].filter((key) => before[key] !== after[key]);
  return Object.fromEntries(moved.map((key) => [key, after[key] ?? null]));
}

/** A key without its number, as classes name it: `scsiN`. */
export function family(key: string): string {
  return key.replace(/^(.*[^\d])\d+$/, "$1N");
}
