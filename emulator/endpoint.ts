import type { Authenticator, Caller } from "./auth.ts";
import type { Estate } from "./estate.ts";
import type { Rules } from "./rule.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** One checked request, as a handler sees it. */
export interface Call {
  readonly estate: Estate;
  readonly caller: Caller;
  readonly authenticator: Authenticator;
  /** A part of the path, by its name in braces. */
  path(name: string): string;
  readonly params: ReadonlyMap<string, string>;
  /** What is in the file that the request brings along, if it does. */
  readonly upload: Uint8Array | undefined;
}

/** An answer whose envelope also says how many rows there are in all. */
export class Listing {
  readonly rows: readonly unknown[];
  readonly total: number;

  constructor(rows: readonly unknown[], total: number) {
    this.rows = rows;
    this.total = total;
  }
}

/** One method of one path of the API. */
export interface Endpoint {
  readonly method: Method;
  /** As Proxmox documents it, with names in braces. */
  readonly path: string;
  readonly params?: Rules;
  /** Every option of a VM is a parameter too. */
  readonly vmOptions?: true;
  /** Answers without credentials. */
  readonly open?: true;
  /** The permission check, which comes before the check of the parameters. */
  readonly allow?: (call: Call) => void;
  /** The answer's data, or a promise of it. */
  readonly run: (call: Call) => unknown;
}

export function flag(call: Call, name: string): boolean {
  return call.params.get(name) === "1";
}

export function flagOr(call: Call, name: string, fallback: boolean): boolean {
  return call.params.has(name) ? flag(call, name) : fallback;
}

/** A parameter that the check of the rules has already required. */
export function need(call: Call, name: string): string {
  const value = call.params.get(name);
  if (value === undefined) throw new Error(`emulator: ${name} is read but not declared as required`);
  return value;
}
