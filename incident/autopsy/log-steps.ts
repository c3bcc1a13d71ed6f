import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { NotAvailable, type Step } from "./step.ts";

/** A log file that somebody hands in, and the time zone of the clock that wrote it. */
export interface LogFile {
  /** As it was named. */
  readonly name: string;
  readonly path: string;
  /** IANA name, or an offset such as `+03:00`. */
  readonly timezone: string;
}

/** Larger files are not kept, in bytes. */
const largest = 64 * 2 ** 20;

/** Keeps logs in the bundle, with the zone that their times are in. One that cannot be read spoils nothing. */
export function logSteps(files: readonly LogFile[]): Step[] {
  return files.map((file, index) => ({
    name: `log ${file.name} (${file.timezone})`,
    file: `logs/${index + 1}-${basename(file.path).replace(/[^\w.-]/g, "_")}.json`,
    need: "allowed",
    seconds: 30,
    async run() {
      const text = await readLogFile(file);
      return { name: file.name, timezone: file.timezone, text };
    },
  }));
}

/** @throws {NotAvailable} when it cannot be read, or is too large */
export async function readLogFile({ name, path }: LogFile): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > largest) {
      throw new Error(
        `is too large (got ${size} bytes); allowed are 64 MiB; cut it, such as with journalctl --since`,
      );
    }
    return await readFile(path, "utf8");
  } catch (error) {
    throw new NotAvailable(`${name}: cannot be kept: ${(error as Error).message}`);
  }
}
