import { type Options, textOf } from "../command.ts";
import { usualStack } from "../stack/fleet-file.ts";
import { wholeNumber } from "../whole-number.ts";
import { backupsFolder } from "./backup.ts";

/** What the user asked for. */
export interface RestartRequest {
  readonly stack: string;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly force: boolean;
  readonly hard: boolean;
  readonly skipPreflight: boolean;
  readonly drained: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly backups: string;
}

/** Seconds that a guest may take to shut down, unless the user says otherwise. */
export const usualTimeout = 180;

/** @throws {Error} on a value that is no number of seconds */
export function requestFrom(options: Options): RestartRequest {
  return {
    stack: textOf(options.stack) ?? usualStack,
    json: options.json === true,
    dryRun: options["dry-run"] === true,
    yes: options.yes === true,
    force: options.force === true,
    hard: options.hard === true,
    skipPreflight: options["skip-preflight"] === true,
    drained: options.drained === true,
    timeout: wholeNumber("restart", "timeout", textOf(options.timeout) ?? String(usualTimeout), {
      least: 1,
      most: 3600,
      unit: "seconds",
    }),
    backups: textOf(options.backups) ?? backupsFolder,
  };
}
