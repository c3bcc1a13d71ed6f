import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a file in one step, so that a reader sees the old text or the new one, and only if it still has the text
 * that the new one was made from.
 *
 * @param before undefined where there is no such file yet
 * @param shown how to speak of the file
 * @throws {Error} when somebody else wrote it meanwhile, or it cannot be written; nothing is written then
 */
export function replaceFile(path: string, before: string | undefined, after: string, shown: string): void {
  // A link stays a link.
  const real = before === undefined ? path : realpathSync(path);
  const made = join(dirname(real), `.${basename(real)}.${randomUUID()}`);
  try {
    const mode = before === undefined ? 0o644 : statSync(real).mode;
    writeFileSync(made, after, { mode, flag: "wx", flush: true });
    if (before === undefined) {
      // Fails where a file has come to be meanwhile, which a rename would not.
      linkSync(made, real);
      rmSync(made);
      return;
    }
    if (readFileSync(real, "utf8") !== before) {
      throw new Error(
        `${shown}: somebody else wrote it meanwhile, and nothing was written (got another text than the one that was read); allowed is a file that stays as it is; run again`,
      );
    }
    renameSync(made, real);
  } catch (error) {
    rmSync(made, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(
      `${shown}: cannot be written (got ${code}); allowed is a file and a folder that you may write; correct their modes, then run again`,
    );
  }
}
