import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readRows } from "./rows.ts";
import { family } from "./subject.ts";

/** How many bytes of each file are kept; all together stay below a megabyte. */
const BUDGETS: Readonly<Record<string, number>> = {
  "option-text.jsonl": 210_000,
  "parse-config.jsonl": 40_000,
  "update.jsonl": 260_000,
  "hotplug.jsonl": 170_000,
  "privileges.jsonl": 150_000,
};

type Row = Readonly<Record<string, unknown>>;

/** A message without what it quotes and counts, so that messages of one kind are the same. */
function shape(message: unknown): string {
  return JSON.stringify(message ?? "")
    .replace(/'[^']*'/g, "'*'")
    .replace(/\d+/g, "N")
    .slice(0, 160);
}

function names(record: unknown): string {
  return Object.keys((record ?? {}) as Row)
    .map(family)
    .sort()
    .join();
}

/** What kind of answer a row has: rows of one kind can stand for each other. */
function kindOf(file: string, row: Row): string {
  const key = family(String(row.key ?? ""));
  const answer = [row.status, shape(row.error), shape(row.errors), shape(row.path), row.privilege].join(" ");
  switch (file) {
    case "option-text.jsonl":
      return [key, row.ok, row.stored === null, answer].join(" ");
    case "hotplug.jsonl":
      return [key, row.part, row.change, row.real, names(row.with), shape(row.qmp), answer].join(" ");
    case "update.jsonl": {
      const after = row.after as Row;
      const request = row.request as Row;
      const touched = [names(request.set), names(after.pending), names(after.pendingDeletes)];
      return [row.kind, row.running, ...touched, Object.keys(request), answer].join(" ");
    }
    case "privileges.jsonl":
      return [key, row.op, row.removed, shape(row.acl), answer].join(" ");
    default:
      return JSON.stringify(row);
  }
}

/** Of each kind the shortest row, then the next of each, until the budget is used up. */
function chosen(file: string, rows: readonly Row[]): string[] {
  const kinds = new Map<string, string[]>();
  // Rows in which other keys moved too are few, and the budget may be used up before their turn.
  const fewFirst = [...rows].sort(
    (left, right) => Number("alsoChanged" in right) - Number("alsoChanged" in left),
  );
  for (const row of fewFirst) {
    const kind = kindOf(file, row);
    kinds.set(kind, [...(kinds.get(kind) ?? []), JSON.stringify(row)]);
  }
  for (const lines of kinds.values()) lines.sort((left, right) => left.length - right.length);
  const budget = BUDGETS[file] ?? 0;
  const kept: string[] = [];
  let bytes = 0;
  for (let round = 0; [...kinds.values()].some((lines) => lines.length > round); round += 1) {
    for (const lines of kinds.values()) {
      const line = lines[round];
      if (line === undefined || bytes + line.length + 1 > budget) continue;
      kept.push(line);
      bytes += line.length + 1;
    }
  }
  return kept;
}

/** Writes a selection of a folder's rows to another folder, with every kind of answer that the budget has room for. */
export async function writeSelection(folder: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const file of Object.keys(BUDGETS)) {
    const rows = await readRows(folder, file);
    if (rows === undefined) throw new Error(`${folder}: has no ${file}`);
    const lines = chosen(file, rows as Row[]);
    await writeFile(join(target, file), `${lines.join("\n")}\n`);
  }
}
