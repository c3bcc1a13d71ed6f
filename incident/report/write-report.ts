import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type GivenLog, readEvidence } from "./evidence.ts";
import { reportPage } from "./page.ts";

/** Name of the page in a bundle. */
const reportFile = "report.html";

/** A page that was written. */
export interface WrittenReport {
  readonly path: string;
  /** What could not be read, a line each. */
  readonly remarks: readonly string[];
}

/**
 * Makes a bundle's page from its files, and from logs that came later, such as a guest's journal after its restart.
 *
 * @throws {Error} when there is no bundle, or the page cannot be written
 */
export async function writeReport(folder: string, more: readonly GivenLog[] = []): Promise<WrittenReport> {
  const evidence = await readEvidence(folder, more);
  const path = join(folder, reportFile);
  try {
    await writeFile(path, reportPage(evidence), { mode: 0o600 });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { path, remarks: evidence.remarks };
}
