import { readFileSync } from "node:fs";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { formatMistake } from "../components/rules/mistake.ts";
import { schemaMistakes } from "../components/rules/schema-mistakes.ts";

/**
 * Reads a YAML file.
 *
 * @throws {Error} with every mistake, one line each: file and line, field, value, what is allowed, what to do
 */
export function readYaml<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `${file}: cannot be read (got ${error instanceof Error ? error.message : String(error)}); a readable YAML file; correct the path`,
    );
  }
  return parseYaml(text, file, schema);
}

/**
 * Reads YAML text of a file.
 *
 * @throws {Error} as {@link readYaml}
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const what = broken.message.split("\n")[0]?.replace(/ at line \d+.*$/, "");
    const line = broken.linePos?.[0].line ?? 1;
    throw new Error(`${file}:${line}: is no YAML (got ${what}); YAML 1.2; correct it`);
  }
  const value = readValue(document, file);
  const mistakes = schemaMistakes(schema, value);
  if (mistakes.length > 0) {
    throw new Error(
      mistakes
        .map((mistake) => {
          const [first = "file", ...path] = mistake.path;
          const where = `${file}:${lineOf(document, lines, mistake.path)}: ${String(first)}`;
          return formatMistake(where, { ...mistake, path });
        })
        .join("\n"),
    );
  }
  return schema.parse(value);
}

/** @throws {Error} on aliases of aliases that would fill the memory */
function readValue(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const what = (error as Error).message.split("\n")[0];
    throw new Error(`${file}:1: is no YAML that can be read (got ${what}); YAML 1.2; correct it`);
  }
}

/** Line of what a path leads to, or of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
