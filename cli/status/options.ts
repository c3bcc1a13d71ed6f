import { usualConcurrency } from "../../proxmox/api/client.ts";
import { type Options, textOf } from "../command.ts";

/** How `fleet status` looks and what it shows. */
export interface StatusOptions {
  readonly stack: string;
  readonly form: "table" | "json" | "sarif";
  readonly watch: boolean;
  /** Seconds between two looks of a watch. */
  readonly interval: number;
  /** Most requests under way at once. */
  readonly concurrency: number;
}

/** @throws {Error} on options that do not go together, or a number out of bounds */
export function statusOptions(options: Options): StatusOptions {
  const { json = false, sarif = false, watch = false } = options;
  if (json && sarif) {
    throw new Error(
      "fleet status: two forms of one report (got --json and --sarif); allowed is one of them; leave one out",
    );
  }
  if (watch && sarif) {
    throw new Error(
      "fleet status: a SARIF log is one report (got --watch and --sarif); allowed with --watch is --json or the table; leave one out",
    );
  }
  if (!watch && options.interval !== undefined) {
    throw new Error(
      "fleet status: an interval without a watch (got --interval); allowed is --interval beside --watch; add --watch, or leave it out",
    );
  }
  return {
    stack: textOf(options.stack) ?? "prod",
    form: json ? "json" : sarif ? "sarif" : "table",
    watch: watch === true,
    interval: wholeNumber("interval", options.interval, 30, 5, 86_400),
    concurrency: wholeNumber("concurrency", options.concurrency, usualConcurrency, 1, 64),
  };
}

function wholeNumber(
  name: string,
  option: string | boolean | undefined,
  usual: number,
  least: number,
  most: number,
): number {
  const text = textOf(option);
  if (text === undefined) return usual;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new Error(
    `fleet status: --${name} is out of bounds (got ${JSON.stringify(text)}); allowed is a whole number from ${least} to ${most}; correct it`,
  );
}
