import { usualConcurrency } from "../../proxmox/api/client.ts";
import { type Options, textOf } from "../command.ts";
import { usualStack } from "../stack/fleet-file.ts";
import { wholeNumber } from "../whole-number.ts";

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
    stack: textOf(options.stack) ?? usualStack,
    form: json ? "json" : sarif ? "sarif" : "table",
    watch: watch === true,
    interval: wholeNumber("status", "interval", textOf(options.interval) ?? "30", {
      least: 5,
      most: 86_400,
      unit: "seconds",
    }),
    concurrency: wholeNumber(
      "status",
      "concurrency",
      textOf(options.concurrency) ?? String(usualConcurrency),
      {
        least: 1,
        most: 64,
        unit: "requests",
      },
    ),
  };
}
