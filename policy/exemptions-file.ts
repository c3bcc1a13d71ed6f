import { readFileSync } from "node:fs";
import { isNode, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { formatMistake, type Mistake } from "../components/rules/mistake.ts";
import { schemaMistakes } from "../components/rules/schema-mistakes.ts";
import { advice } from "../components/spec/advice.ts";
import type { Exemption } from "./exemption.ts";
import { rules } from "./rules.ts";

const day = z.string().refine(isDay);
advice.add(day, {
  wrong: "is no day",
  allowed: "a day of the calendar as 2026-12-31",
  fix: "write the last day on which the exemption holds",
});
const slot = z.string().regex(/^(?:scsi|virtio|sata|ide)\d+$/);
advice.add(slot, { wrong: "is no drive slot", allowed: "a slot such as scsi0", fix: "correct it" });

const schema = z.strictObject({
  exemptions: z.array(
    z.strictObject({
      rule: z.enum(rules.map(({ id }) => id)),
      vms: z.array(z.string().min(1)).min(1),
      slot: slot.optional(),
      reason: z.string().trim().min(1),
      owner: z.string().trim().min(1),
      expires: day,
    }),
  ),
});

/**
 * Reads a file of exemptions.
 *
 * @throws {Error} with every mistake, one line each: file and line, field, value, what is allowed, what to do
 */
export function readExemptions(file: string): Exemption[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `${file}: cannot be read (got ${error instanceof Error ? error.message : String(error)}); a file of exemptions, which may be empty of them; correct the path`,
    );
  }
  return parseExemptions(text, file);
}

/** @throws {Error} as {@link readExemptions} */
export function parseExemptions(text: string, file: string): Exemption[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [what = ""] = broken.message.split("\n");
    const line = broken.linePos?.[0].line ?? 1;
    throw new Error(`${file}:${line}: is no YAML (got ${what}); a list under exemptions; correct it`);
  }
  const value: unknown = document.toJS();
  const mistakes = schemaMistakes(schema, value);
  if (mistakes.length > 0) {
    const lineOf = (path: readonly PropertyKey[]): number => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
      }
      return 1;
    };
    throw new Error(mistakes.map((one) => located(file, lineOf(one.path), one)).join("\n"));
  }
  return schema
    .parse(value)
    .exemptions.flatMap(({ vms, slot: where, ...same }) =>
      vms.map((vm) => ({ ...same, vm, ...(where !== undefined && { slot: where }) })),
    );
}

function located(file: string, line: number, mistake: Mistake): string {
  const [first = "file", ...path] = mistake.path;
  return formatMistake(`${file}:${line}: ${String(first)}`, { ...mistake, path });
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
