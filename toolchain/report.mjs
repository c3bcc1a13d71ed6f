import { existsSync } from "node:fs";
import { installedHome, missingFiles } from "./home.mjs";
import { nodePath, nodeVersion, packagesDifference } from "./packages.mjs";
import { programs, publishedHashes, sha256 } from "./stamp.mjs";

/** @typedef {import("./home.mjs").Home} Home */
/** @typedef {import("./versions.mjs").Versions} Versions */

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} version the version in use, or the one that is wanted
 * @property {import("./home.mjs").Source | "npm packages"} from
 * @property {string} path
 * @property {string | undefined} sha256
 * @property {string | undefined} problem
 */

/**
 * @typedef {object} Report
 * @property {boolean} complete
 * @property {string} home PULUMI_HOME of this project's own runs
 * @property {Part[]} parts
 */

const names = { engine: "engine", languageHost: "language host", provider: "provider" };

/**
 * Looks at what is in use.
 *
 * @param {{ official: Home, built: Home }} homes
 * @param {Versions} versions
 * @returns {Promise<Report>}
 */
export async function inspect(homes, versions) {
  const home = installedHome(homes) ?? homes.built;
  const expected = missingFiles(home).length === 0 ? publishedHashes(home) : undefined;
  /** @type {Part[]} */
  const parts = await Promise.all(
    programs.map(async (name) => {
      const hash = existsSync(home[name]) ? await sha256(home[name]) : undefined;
      return {
        name: names[name],
        version: name === "provider" ? versions.provider : versions.engine,
        from: home.source,
        path: home[name],
        sha256: hash,
        problem:
          hash === undefined || expected === undefined
            ? "missing; run npm run setup"
            : hash === expected[name]
              ? undefined
              : `changed since it was installed; delete ${home.dir} and run npm run setup`,
      };
    }),
  );
  const node = await nodeVersion();
  const difference = packagesDifference();
  parts.push({
    name: "node",
    version: node ?? "24",
    from: "npm packages",
    path: nodePath(),
    sha256: undefined,
    problem:
      node === undefined
        ? "missing; run npm run setup"
        : difference === undefined
          ? undefined
          : `npm packages differ from the lock (${difference}); run npm run setup`,
  });
  return { complete: parts.every(({ problem }) => problem === undefined), home: home.dir, parts };
}

/** @param {Report} report */
export function renderReport({ complete, home, parts }) {
  const lines = parts.flatMap(({ name, version, from, path, sha256: hash, problem }) => [
    `${name.padEnd(13)} ${version.padEnd(8)} ${problem === undefined ? from : `PROBLEM: ${problem}`}`,
    `${" ".repeat(14)}${path}${hash === undefined ? "" : ` (sha256 ${hash.slice(0, 12)})`}`,
  ]);
  return [
    ...lines,
    complete ? `complete; PULUMI_HOME of this project's own runs is ${home}` : "not complete",
  ].join("\n");
}
