import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { checkout } from "./versions.mjs";

const neededNode = 24;

/**
 * @typedef {object} Lock what package-lock.json and node_modules/.package-lock.json have in common
 * @property {Record<string, { version?: string, optional?: boolean }>} packages by path
 */

/**
 * @param {Lock} locked
 * @param {Lock | undefined} installed
 * @returns {string | undefined} the first difference, in words
 */
export function lockDifference(locked, installed) {
  if (installed === undefined) return "nothing is installed";
  for (const [path, { version, optional }] of Object.entries(locked.packages)) {
    // The root is no package, and what is optional may be for another platform.
    if (path === "" || optional === true) continue;
    const found = installed.packages[path]?.version;
    if (found !== version) return `${path} is ${found ?? "missing"}, not ${version}`;
  }
  const extra = Object.keys(installed.packages).find((path) => locked.packages[path] === undefined);
  return extra === undefined ? undefined : `${extra} is not in package-lock.json`;
}

/**
 * What npm says of a failure, without its warnings and the pages of options after them.
 *
 * @param {string} stderr
 */
export function npmErrors(stderr) {
  const lines = stderr.split("\n").filter((line) => /^npm error\s+\S/.test(line));
  return (lines.length === 0 ? stderr.trim().split("\n") : lines).slice(0, 8).join("\n");
}

/** @param {string} [root] @returns {string | undefined} why `npm ci` is needed */
export function packagesDifference(root = checkout) {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  return lockDifference(
    JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")),
    existsSync(installedFile) ? JSON.parse(readFileSync(installedFile, "utf8")) : undefined,
  );
}

/** @param {string} [root] */
export function nodePath(root = checkout) {
  return join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
}

/** @returns {Promise<string | undefined>} the version of the checkout's own Node */
export async function nodeVersion() {
  const asked = await run(nodePath(), ["--version"]);
  return asked.code === 0 ? asked.stdout.trim().replace(/^v/, "") : undefined;
}

/**
 * Installs the locked packages unless they are there.
 *
 * @param {import("./progress.mjs").Progress} progress
 * @throws when npm fails, or when Node 24 is not among them
 */
export async function ensurePackages(progress) {
  const difference = packagesDifference();
  if (difference !== undefined) {
    progress.say(`installing the locked npm packages (${difference}): usually about a minute`);
    const done = await progress.during(
      "npm ci",
      () => "",
      () => run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: checkout }),
    );
    if (done.code !== 0) {
      throw new Error(
        `toolchain: npm ci failed (got exit code ${done.code}); run it yourself to see all\n${npmErrors(done.stderr)}`,
      );
    }
  }
  const version = await nodeVersion();
  if (version === undefined || Number(version.split(".")[0]) < neededNode) {
    throw new Error(
      `toolchain: node_modules/.bin/node: not usable (got ${version ?? "nothing"}); Node ${neededNode} comes from ` +
        "the npm package node, whose install script must run; delete node_modules and run npm ci with scripts allowed",
    );
  }
}
