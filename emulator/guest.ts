import { z } from "zod";
import { die } from "./errors.ts";

const commandSchema = z.strictObject({
  exitcode: z.int().default(0),
  out: z.string().default(""),
  err: z.string().default(""),
});

/** What a test changes of a guest. */
export const guestChange = z
  .strictObject({
    /** The answer of `get-osinfo`. */
    os: z.record(z.string(), z.string()),
    /** Text of files by path. */
    files: z.record(z.string(), z.string()),
    /** What commands answer, by the command with its arguments, separated by blanks. */
    commands: z.record(z.string(), commandSchema),
    /** Neither the agent's shutdown nor the power button ends it. */
    ignoresShutdown: z.boolean(),
  })
  .partial();

/** What an agent finds in a guest: no more than what a test wrote there. */
export interface Guest {
  readonly os: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, ExecutedCommand>>;
  readonly ignoresShutdown: boolean;
}

export type ExecutedCommand = z.output<typeof commandSchema>;

/** A guest with what is said of it, and nothing else. */
export function guestWith(said: z.output<typeof guestChange>, before: Guest = nothing): Guest {
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { ...before, ...Object.fromEntries(given) };
}

const nothing: Guest = { os: {}, files: {}, commands: {}, ignoresShutdown: false };

/** @throws the agent's error when there is no such file */
export function readGuestFile(guest: Guest, path: string): Buffer {
  const content = Object.hasOwn(guest.files, path) ? guest.files[path] : undefined;
  if (content !== undefined) return Buffer.from(content);
  throw die(`Agent error: failed to open file '${path}' (mode: 'r'): No such file or directory`);
}

/** @throws the agent's error when the guest has no such program */
export function execute(guest: Guest, command: readonly string[]): ExecutedCommand {
  const [program = "", ...rest] = command;
  const line = [program, ...rest].join(" ");
  const result = Object.hasOwn(guest.commands, line) ? guest.commands[line] : undefined;
  if (result !== undefined) return result;
  throw die(
    `Agent error: Guest agent command failed, error was 'Failed to execute child process "${program}" (No such file or directory)'`,
  );
}
