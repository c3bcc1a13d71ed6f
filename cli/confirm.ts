import { printable } from "../proxmox/printable.ts";
import type { Options } from "./command.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Has what was shown confirmed: by `--yes`, or on the terminal.
 *
 * @param label what it is about
 * @param untouched what to say of a no: `nothing was done`
 * @throws {Error} unless there is a yes
 */
export async function confirm(
  { yes }: { readonly yes?: Options[string] },
  { ask }: Pick<Surroundings, "ask">,
  label: string,
  question: string,
  untouched: string,
): Promise<void> {
  if (yes) return;
  if (ask === undefined) {
    throw new Error(
      `${label}: nobody can be asked here (got no --yes); allowed is a terminal, or --yes; add it if the plan is right; ${untouched}`,
    );
  }
  if (!(await ask(printable(`${label}: ${question}?`))))
    throw new Error(`${label}: not confirmed; ${untouched}`);
}
