import type { ArgsDef } from "citty";
import type { Surroundings } from "./surroundings.ts";

/** How a command ended: what was looked for is not there, it could not be done, or there are findings. */
export type ExitCode = 0 | 1 | 2;

/** The values of a command's options, as far as they were given. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** What a command found out, and how that is said. */
interface Outcome {
  readonly exitCode: ExitCode;
  /** The report as text, in the form that was asked for. */
  readonly text: string;
}

/** One command of `fleet`. */
export interface Command {
  readonly name: string;
  readonly description: string;
  readonly args: ArgsDef;
  /** @throws {Error} when it cannot be done; its message is all that is printed */
  run(options: Options, surroundings: Surroundings): Promise<Outcome>;
}
