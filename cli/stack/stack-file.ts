import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isMap, isNode, isScalar, LineCounter } from "yaml";
import { parseAsEngine, YamlMistake } from "./engine-yaml.ts";

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
  /** What it says below `config`, by whole keys, as Pulumi reads it. */
  readonly config: Readonly<Record<string, unknown>>;
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

/** @throws {Error} also when there is no such file: a name with a typo must not mean that nothing is declared */
export function requireStackFile(folder: string, stack: string): StackFile {
  const stackFile = readStackFile(folder, stack);
  if (stackFile.document !== undefined) return stackFile;
  throw new Error(
    `${stackFile.path}: there is no such stack file (got none in ${folder}); allowed is the stack file of this project; name the stack with --stack NAME, or make one with pulumi stack init ${stack}`,
  );
}

/** @throws {Error} when the text is no YAML, or declares the fleet twice */
export function parseStackFile(text: string, path: string): StackFile {
  const lines = new LineCounter();
  const { document, value } = parsed(text, path, lines);
  const config = configOf(value, path);
  const key = fleetKeyIn(document);
  const fleet = document.getIn(["config", key], true);
  const vms = document.getIn(["config", key, "vms"], true);
  const lineOf = (node: unknown) =>
    isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  const vmsLine = lineOf(vms) ?? lineOf(fleet) ?? 1;
  const entryLines = new Map(
    (isMap(vms) ? vms.items : []).map((item) => [
      isScalar(item.key) ? String(item.key.value) : "",
      lineOf(item.key),
    ]),
  );
  const declarations = Object.entries(recordOf(recordOf(fleetOf(config)).vms)).map(([name, entry]) => {
    const { vmid, create } = recordOf(entry);
    return {
      name,
      created: create !== undefined,
      line: entryLines.get(name) ?? vmsLine,
      ...(typeof vmid === "number" && { vmid }),
    };
  });
  return { path, document, config, declarations, vmsLine };
}

/** The fleet in a stack's configuration, as the program gets it: a text is JSON. */
export function fleetOf(config: Readonly<Record<string, unknown>>): unknown {
  const fleet = config[fleetPath[1]];
  if (typeof fleet !== "string") return fleet;
  try {
    return JSON.parse(fleet);
  } catch {
    return fleet;
  }
}

/** The key below `config` under which the file has the fleet, or would have it. */
export function fleetKeyIn(document: Document): string {
  const config = document.get("config", true);
  const keys = isMap(config) ? config.items.map(({ key }) => (isScalar(key) ? String(key.value) : "")) : [];
  return keys.find((key) => namespaced(key) === fleetPath[1]) ?? fleetPath[1];
}

function parsed(text: string, path: string, lines: LineCounter): ReturnType<typeof parseAsEngine> {
  try {
    return parseAsEngine(text, lines);
  } catch (error) {
    if (!(error instanceof YamlMistake)) throw error;
    throw new Error(
      `${path}:${error.line}: is no YAML (got ${error.message}); allowed is a stack file of this project; correct it`,
      { cause: error },
    );
  }
}

/** Its values by their whole keys. Pulumi takes keys without the project's name, and an older form, too. */
function configOf(value: unknown, path: string): Record<string, unknown> {
  const { config } = recordOf(value);
  const entries = new Map<string, unknown>();
  for (const [key, one] of Object.entries(recordOf(config))) {
    const whole = namespaced(key);
    if (entries.has(whole)) {
      throw new Error(
        `${path}: config: has one key in two spellings (got ${key} beside another for ${whole}); allowed is one of them, since Pulumi takes now this, now that; remove one`,
      );
    }
    entries.set(whole, one);
  }
  return Object.fromEntries(entries);
}

/** `fleet` and `proxmox-fleet:config:fleet` are `proxmox-fleet:fleet`. */
function namespaced(key: string): string {
  return key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `proxmox-fleet:${key}`;
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function absent(path: string): StackFile {
  return { path, document: undefined, config: {}, declarations: [], vmsLine: 1 };
}
