import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A section of a config file, by key, as text. */
export type Lines = Readonly<Record<string, string>>;

/** What became of keys: their new text, or `null` for one that is gone. */
export type Changes = Readonly<Record<string, string | null>>;

export interface OptionTextRow {
  readonly key: string;
  readonly text: string;
  readonly ok: boolean;
  readonly stored?: string | null;
  readonly printed?: string;
  readonly status?: number;
  readonly error?: string;
}

export interface View {
  readonly config?: Lines;
  readonly pending?: Lines;
  readonly pendingDeletes?: Readonly<Record<string, number>>;
}

export interface UpdateRow {
  readonly kind: string;
  readonly running: boolean;
  readonly config: Lines;
  readonly pending?: Lines;
  readonly pendingDeletes?: Readonly<Record<string, number>>;
  readonly request: {
    readonly set?: Lines;
    readonly delete?: readonly string[];
    readonly revert?: readonly string[];
    readonly force?: number;
  };
  readonly status: number;
  readonly error?: string;
  readonly errors?: Lines;
  readonly after: View;
  readonly qmp?: readonly string[];
  readonly coldStart?: { readonly changed: Changes };
}

export interface HotplugRow {
  readonly key: string;
  readonly part?: string;
  readonly change: string;
  readonly with: Lines;
  readonly from: string | null;
  readonly to: string | null;
  readonly real: "live" | "stored-only" | "pending";
  readonly status?: number;
  readonly error?: string;
  readonly qmp?: readonly string[];
  readonly stored?: string;
  readonly alsoChanged?: Changes;
  readonly alsoPending?: Lines;
}

export interface PrivilegesRow {
  readonly key: string;
  readonly op: string;
  readonly from?: string;
  readonly to?: string;
  readonly force?: number;
  readonly removed?: string | null;
  readonly acl?: Readonly<Record<string, readonly string[]>>;
  readonly status: number;
  readonly path?: string;
  readonly privilege?: string;
  readonly error?: string;
}

export interface ParseConfigRow extends View {
  readonly lines: readonly string[];
  readonly snapshots?: Readonly<Record<string, Lines>>;
  readonly special?: Readonly<Record<string, Lines>>;
  readonly warnings?: readonly string[];
}

/** The rows of one file of a folder; undefined when the folder has no such file. */
export async function readRows(folder: string, file: string): Promise<unknown[] | undefined> {
  let source: string;
  try {
    source = await readFile(join(folder, file), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return source
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}
