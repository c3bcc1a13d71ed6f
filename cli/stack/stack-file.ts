import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";

/** Where the fleet stands in a stack file. */
export const fleetPath = ["config", "proxmox-fleet:fleet"] as const;

/** Where the stack file declares a VM. */
interface Declaration {
  readonly name: string;
  readonly vmid?: number;
  /** The program brings it into existence, so that it may not be there yet. */
  readonly created: boolean;
  /** Line of its entry, from 1. */
  readonly line: number;
}

/** The stack file, as far as it says where a VM is declared. */
export interface StackFile {
  /** Path as the user writes it: `Pulumi.prod.yaml`. */
  readonly path: string;
  /** The text as YAML, comments kept; undefined when there is no such file. */
  readonly document: Document | undefined;
  readonly declarations: readonly Declaration[];
  /** Line under which a VM would be declared. */
  readonly vmsLine: number;
}

/**
 * Reads the stack file of a stack in a folder; one that does not exist declares nothing.
 *
 * @throws {Error} when it is no YAML
 */
export function readStackFile(folder: string, stack: string): StackFile {
  const path = `Pulumi.${stack}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(folder, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent(path);
    throw error;
  }
  return parseStackFile(text, path);
}

/** @throws {Error} when the text is no YAML */
export function parseStackFile(text: string, path: string): StackFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [what = ""] = broken.message.split("\n");
    throw new Error(
      `${path}:${broken.linePos?.[0].line ?? 1}: is no YAML (got ${what}); allowed is a stack file of this project; correct it`,
    );
  }
  const vms = document.getIn([...fleetPath, "vms"], true);
  if (!isMap(vms)) return { ...absent(path), document };
  const lineOf = (offset: number | undefined) => (offset === undefined ? 1 : lines.linePos(offset).line);
  const declarations = vms.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return [];
    const vmid = isMap(value) ? value.get("vmid") : undefined;
    return {
      name: String(key.value),
      created: isMap(value) && value.has("create"),
      line: lineOf(key.range?.[0]),
      ...(typeof vmid === "number" && { vmid }),
    };
  });
  return { path, document, declarations, vmsLine: lineOf(vms.range?.[0]) };
}

function absent(path: string): StackFile {
  return { path, document: undefined, declarations: [], vmsLine: 1 };
}
