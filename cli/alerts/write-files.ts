import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AlertFile } from "../../incident/alerts/alert-files.ts";
import { printableLines } from "../../proxmox/printable.ts";
import { replaceFile } from "../files/replace-file.ts";
import { unifiedDiff } from "../files/unified-diff.ts";
import type { Surroundings } from "../surroundings.ts";

/**
 * Writes files whole or not at all, and says what was done to each. One that is there and differs is overwritten
 * only with consent, and its differences are shown before.
 *
 * @throws {Error} without consent, and when the folder cannot be written; nothing is written then
 */
export async function writeFiles(
  folder: string,
  files: readonly AlertFile[],
  consent: boolean,
  { cwd, stderr, ask }: Pick<Surroundings, "cwd" | "stderr" | "ask">,
): Promise<string> {
  const found = files.map((file) => ({
    ...file,
    path: resolve(cwd, folder, file.name),
    shown: join(folder, file.name),
  }));
  const states = found.map((file) => ({ ...file, before: textOf(file.path) }));
  const differing = states.filter(({ before, text }) => before !== undefined && before !== text);
  for (const { shown, before = "", text } of differing) {
    stderr(`${shown} differs:\n${printableLines(unifiedDiff(shown, before, text))}`);
  }
  const names = differing.map(({ shown }) => shown).join(", ");
  const agreed = consent || differing.length === 0 || (await ask?.(`Overwrite ${names}?`)) === true;
  if (!agreed) {
    throw new Error(
      `${names}: would be overwritten (got files that differ); allowed are files that are not there or the same, or --yes; look at the differences above, then add --yes`,
    );
  }
  mkdirSync(resolve(cwd, folder), { recursive: true });
  return states
    .map(({ path, shown, before, text }) => {
      if (before === text) return `unchanged ${shown}\n`;
      replaceFile(path, before, text, shown);
      return `${before === undefined ? "wrote" : "overwrote"} ${shown}\n`;
    })
    .join("");
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
