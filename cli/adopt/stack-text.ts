import { isDeepStrictEqual } from "node:util";
import { Document, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { fleetKeyIn } from "../stack/stack-file.ts";
import { entryNode } from "./entry-text.ts";

/** An entry that is to be added to the fleet. */
export interface NewEntry {
  readonly key: string;
  readonly spec: VmSpec;
}

/** As the engine writes stack files: no line is folded, `{a: 1}` and `[a]` have no padding, no lines are blank. */
const asIs = { lineWidth: 0, flowCollectionPadding: false } as const;

/**
 * A stack file with entries added behind those that it has; all else keeps its text, byte for byte, wherever
 * there is a list of VMs to add to.
 *
 * @throws {Error} when the text could not be extended without changing what it says
 */
export function withEntries(text: string, entries: readonly NewEntry[], path: string): string {
  const document = parseDocument(text);
  const extended =
    inserted(text, document, entries) ?? filled(text, document, entries) ?? added(document, entries);
  requireSame(text, extended, entries, path);
  return extended;
}

/** The text with the entries behind the last one of a block, indented as that is. */
function inserted(text: string, document: Document, entries: readonly NewEntry[]): string | undefined {
  const vms = document.getIn(["config", fleetKeyIn(document), "vms"], true);
  const last = isMap(vms) && vms.flow !== true ? vms.items.at(-1) : undefined;
  if (last === undefined) return undefined;
  const keyAt = startOf(last.key);
  const column = columnOf(text, keyAt);
  const value = last.value as { range?: readonly number[] } | null | undefined;
  const end = endOfEntry(text, value?.range?.[1] ?? keyAt, column);
  const before = text.slice(0, end);
  const newline = before.endsWith("\n") ? "" : "\n";
  return `${before}${newline}${entriesText(entries, " ".repeat(column))}${text.slice(end)}`;
}

/** The text with the entries in place of `{}`. */
function filled(text: string, document: Document, entries: readonly NewEntry[]): string | undefined {
  const fleet = document.getIn(["config", fleetKeyIn(document)], true);
  if (!isMap(fleet) || fleet.flow === true) return undefined;
  const pair = fleet.items.find(({ key }) => isScalar(key) && key.value === "vms");
  const empty = pair?.value;
  if (!isMap(empty) || empty.items.length > 0 || empty.range == null) return undefined;
  const [start, end] = empty.range;
  const rest = text.slice(end);
  const line = rest.indexOf("\n") < 0 ? rest : rest.slice(0, rest.indexOf("\n"));
  const indent = " ".repeat(columnOf(text, startOf(pair?.key)) + 2);
  const head = `${text.slice(0, start).trimEnd()}${line.trim() === "" ? "" : ` ${line.trim()}`}`;
  return `${head}\n${entriesText(entries, indent)}${rest.slice(line.length + 1)}`;
}

function startOf(node: unknown): number {
  return isScalar(node) ? (node.range?.[0] ?? 0) : 0;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}

/** Where the line ends on which an entry's value ends, with the comments that are indented below its key. */
function endOfEntry(text: string, valueEnd: number, column: number): number {
  const lineEnd = (from: number) => {
    const at = text.indexOf("\n", from);
    return at < 0 ? text.length : at + 1;
  };
  let end = lineEnd(text.slice(0, valueEnd).trimEnd().length);
  for (;;) {
    const comment = /^( *)#/.exec(text.slice(end, lineEnd(end)));
    if (comment === null || (comment[1]?.length ?? 0) <= column) return end;
    end = lineEnd(end);
  }
}

function entriesText(entries: readonly NewEntry[], indent: string): string {
  const texts = entries.map(({ key, spec }) => {
    const lines = entryText(key, spec).trimEnd().split("\n");
    return lines.map((line) => `${indent}${line}\n`).join("");
  });
  return texts.join("");
}

function entryText(key: string, spec: VmSpec): string {
  const document = new Document({});
  const node = entryNode(key, spec);
  document.add(document.createPair(node.key, node.value));
  return document.toString(asIs);
}

const placeholder = "fleet-adopt-entries";

/** The document with a block of VMs where it had none. */
function added(document: Document, entries: readonly NewEntry[]): string {
  const path: string[] = [];
  for (const key of ["config", fleetKeyIn(document), "vms"]) {
    block(document, path);
    path.push(key);
  }
  const vms = block(document, path);
  const pair = document.createPair(placeholder, null);
  vms.items.push(pair);
  return document
    .toString(asIs)
    .replace(new RegExp(`^( *)${placeholder}: null\n`, "m"), (_, indent: string) =>
      entriesText(entries, indent),
    );
}

/** The mapping at a path, as a block; made where there is none. */
function block(document: Document, path: readonly string[]): YAMLMap {
  const found = path.length === 0 ? document.contents : document.getIn(path, true);
  const node = (isMap(found) ? found : document.createNode({})) as unknown as YAMLMap;
  if (!isMap(found)) {
    if (path.length === 0) document.contents = node as never;
    else document.setIn(path, node);
  }
  node.flow = false;
  return node;
}

/** The new text must say what the old one said, with these entries behind it. */
function requireSame(text: string, extended: string, entries: readonly NewEntry[], path: string): void {
  const document = parseDocument(extended);
  const rest = plain(document);
  const vms = vmsIn(rest, fleetKeyIn(document));
  const has = entries.every(({ key, spec }) => isDeepStrictEqual(vms[key], spec));
  for (const { key } of entries) delete vms[key];
  const before = plain(parseDocument(text));
  if (document.errors.length > 0 || !has || !isDeepStrictEqual(withoutEmpty(rest), withoutEmpty(before))) {
    throw new Error(
      `${path}: entries cannot be added without changing what it says (got YAML in a form that is not understood); allowed is vms: as a plain block of entries; write it so, then run again`,
    );
  }
}

/** What a document says, each alias as a value of its own. */
function plain(document: Document): unknown {
  return JSON.parse(JSON.stringify(document.toJS() ?? null));
}

function vmsIn(value: unknown, fleetKey: string): Record<string, unknown> {
  const found = ["config", fleetKey, "vms"].reduce<unknown>(
    (here, key) => (here as Record<string, unknown> | null | undefined)?.[key],
    value,
  );
  return (found ?? {}) as Record<string, unknown>;
}

/** A file without VMs says the same whether the empty mappings are written or not. */
function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item)] as const)
    .filter(([, item]) => item !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
