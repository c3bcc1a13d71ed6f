import { mkdirSync, statSync } from "node:fs";

/**
 * Makes the folder for logs, for nobody but its owner. One that exists is taken as it is, unless others could put
 * files there.
 *
 * @throws {Error} when it cannot be used
 */
export function makeLogFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(
      `${path}: cannot be made (got ${(error as Error).message}); allowed is a folder that this user may write; name another with --logs`,
    );
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o022) !== 0) {
    throw new Error(
      `${path}: others may write there (got mode 0${mode.toString(8)}); allowed is a folder that only its owner writes; run chmod 0700 on it, or name another with --logs`,
    );
  }
}
