import { parseArgs } from "node:util";
import { readRows } from "./rows.ts";
import { writeSelection } from "./select.ts";
import { SUBJECTS } from "./subjects.ts";
import { percentage, type Tally, tally } from "./tally.ts";

const USAGE =
  "usage: npm run test:answers -- FOLDER [--file NAME.jsonl] [--subject NAME] [--limit ROWS] [--classes N] [--json] | FOLDER --select TARGET";

/** The share of equal answers that every file and subject has to reach, in percent. */
const REQUIRED = 99.8;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    file: { type: "string" },
    subject: { type: "string" },
    limit: { type: "string", default: "0" },
    select: { type: "string" },
    classes: { type: "string", default: "8" },
    json: { type: "boolean", default: false },
  },
});

function natural(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name}: is no number (got ${text}); 0 or more is allowed; ${USAGE}`);
}

function shortened(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 600 ? `${text.slice(0, 600)}...` : text;
}

function textOf(result: Tally, most: number): string {
  const { file, subject, cases, differences, apart, classes } = result;
  const figure = `${file}, ${subject}: ${cases} cases, ${differences} differences, ${percentage(result).toFixed(2)} %`;
  const lines = [figure];
  for (const [reason, count] of apart) lines.push(`  ${count} apart: ${reason}`);
  for (const { class: kind, count, reason, example } of classes.slice(0, most)) {
    lines.push(`  ${count} x ${kind}${reason === undefined ? "" : ` (stays: ${reason})`}`);
    lines.push(`      row      ${shortened(example.row)}`);
    lines.push(`      expected ${shortened(example.expected)}`, `      got      ${shortened(example.got)}`);
  }
  if (classes.length > most) lines.push(`  and ${classes.length - most} classes more`);
  return lines.join("\n");
}

async function main(): Promise<boolean> {
  const [folder] = positionals;
  if (folder === undefined) throw new Error(`FOLDER: is missing; ${USAGE}`);
  if (values.select !== undefined) {
    await writeSelection(folder, values.select);
    return true;
  }
  const limit = natural("limit", values.limit);
  const most = natural("classes", values.classes);
  let isGood = true;
  let asked = 0;
  for (const subject of SUBJECTS) {
    if (values.file !== undefined && values.file !== subject.file) continue;
    if (values.subject !== undefined && !subject.name.includes(values.subject)) continue;
    const rows = await readRows(folder, subject.file);
    if (rows === undefined) continue;
    asked += 1;
    const result = await tally(subject, limit === 0 ? rows : rows.slice(0, limit));
    if (percentage(result) < REQUIRED) isGood = false;
    console.log(
      values.json
        ? JSON.stringify({ ...result, apart: Object.fromEntries(result.apart) })
        : textOf(result, most),
    );
  }
  if (asked === 0) throw new Error(`${folder}: has none of the files that were asked for`);
  return isGood;
}

main().then(
  (isGood) => {
    process.exitCode = isGood ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
