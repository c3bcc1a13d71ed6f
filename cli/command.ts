import type { ArgsDef } from "citty";
import type { Surroundings } from "./surroundings.ts";

/** How a command ended: what was looked for is not there, it could not be done, or there are findings. */
export type ExitCode = 0 | 1 | 2;

/** The values of a command's options, as far as they were given. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What a command found out, and how that is said. */
export interface Outcome {
  readonly exitCode: ExitCode;
  /** The report as text, in the form that was asked for. */
  readonly text: string;
}

/** What a command is about, named behind it without a dash: VMs, a file. */
export interface Operands {
  /** As the usage shows it: `VM`. */
  readonly name: string;
  readonly description: string;
  readonly least: number;
  readonly most: number;
}

/** One command of `fleet`. */
export interface Command {
  readonly name: string;
  readonly description: string;
  /** @default none are taken */
  readonly operands?: Operands;
  readonly args: ArgsDef;
  /** @throws {Error} when it cannot be done; its message is all that is printed */
  run(options: Options, surroundings: Surroundings, operands: readonly string[]): Promise<Outcome>;
}

/** An option's text; undefined when it was not given. */
export function textOf(option: string | boolean | undefined): string | undefined {
  return typeof option === "string" ? option : undefined;
}
