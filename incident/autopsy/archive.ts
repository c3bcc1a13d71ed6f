import { open, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { runProgram } from "./run-program.ts";

/** Longest that packing may take, in seconds. */
const longest = 120;

/**
 * Packs a bundle into `FOLDER.tar.gz` beside it, with the system's tar. A half-written archive is removed.
 *
 * @returns the archive's path
 * @throws {Error} when tar is missing or fails, or there is no room
 */
export async function packBundle(folder: string, signal: AbortSignal): Promise<string> {
  const archive = `${folder}.tar.gz`;
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(longest * 1000)]);
  try {
    const file = await open(archive, "wx", 0o600);
    try {
      const argv = ["tar", "--create", "--gzip", "--directory", dirname(folder), basename(folder)];
      const { code, stderr } = await runProgram([...argv], bounded, file.fd);
      if (code !== 0) throw new Error(stderr.trim().split("\n")[0] || `tar ended with ${code}`);
    } finally {
      await file.close();
    }
    return archive;
  } catch (error) {
    await rm(archive, { force: true });
    throw new Error(
      `${archive}: cannot be packed (got ${(error as Error).message}); allowed is a disk with room and tar installed; the folder beside it has everything`,
    );
  }
}
