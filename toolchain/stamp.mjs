import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";

/** @typedef {import("./home.mjs").Home} Home */

/** The programs of a home, in the order in which they are reported. */
export const programs = /** @type {const} */ (["engine", "languageHost", "provider"]);

/** @typedef {Record<typeof programs[number], string>} Hashes sha256 in hex */

/** @param {string} file */
export async function sha256(file) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * Puts a finished home in its place in one step: nobody ever sees half of one.
 *
 * @param {Home} staged
 * @param {Home} home
 */
export async function publish(staged, home) {
  const [engine, languageHost, provider] = await Promise.all(programs.map((name) => sha256(staged[name])));
  writeFileSync(
    staged.stamp,
    `${JSON.stringify({ source: home.source, sha256: { engine, languageHost, provider } }, null, 2)}\n`,
  );
  rmSync(home.dir, { recursive: true, force: true });
  mkdirSync(dirname(home.dir), { recursive: true });
  renameSync(staged.dir, home.dir);
}

/**
 * The hashes that the programs had when they were put there.
 *
 * @param {Home} home
 * @returns {Partial<Hashes>}
 */
export function publishedHashes(home) {
  return JSON.parse(readFileSync(home.stamp, "utf8")).sha256 ?? {};
}
