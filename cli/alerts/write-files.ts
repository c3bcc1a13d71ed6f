import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { diff } from "node:util";
import type { AlertFile } from "../../incident/alerts/alert-files.ts";
import { printableLines } from "../../proxmox/printable.ts";
import type { Surroundings } from "../surroundings.ts";

/** Lines around a difference that are shown with it. */
const context = 2;

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
    stderr(`${shown} differs:\n${printableLines(differences(before, text))}\n`);
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
      writeWhole(path, text);
      return `${before === undefined ? "wrote" : "overwrote"} ${shown}\n`;
    })
    .join("");
}

/** The lines that differ, marked - and +, with a little around them. */
export function differences(before: string, after: string): string {
  const lines = diff(before.split("\n"), after.split("\n")) as [number, string][];
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(([side]) => side !== 0);
  return lines
    .flatMap(([side, text], index) =>
      isNear(index) ? [`${side === 0 ? " " : side > 0 ? "-" : "+"} ${text}`] : [],
    )
    .join("\n");
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A reader sees the old file or the new one, and never half of it. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text, { mode: 0o644 });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
