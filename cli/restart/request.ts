import { type Options, textOf } from "../command.ts";
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
    stack: textOf(options.stack) ?? "prod",
    json: options.json === true,
    dryRun: options["dry-run"] === true,
    yes: options.yes === true,
    force: options.force === true,
    hard: options.hard === true,
    skipPreflight: options["skip-preflight"] === true,
    drained: options.drained === true,
    timeout: secondsFrom(textOf(options.timeout)),
    backups: textOf(options.backups) ?? backupsFolder,
  };
}

function secondsFrom(text: string | undefined): number {
  if (text === undefined) return usualTimeout;
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3600) return seconds;
  throw new Error(
    `fleet restart: --timeout is no time (got ${text}); allowed are seconds from 1 to 3600; correct it`,
  );
}
