import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { checkout, pinnedVersions } from "./versions.mjs";

/** @typedef {import("./versions.mjs").Versions} Versions */
/** @typedef {"official release" | "built here"} Source */

/**
 * A PULUMI_HOME of this project's own: where its files lie.
 *
 * @typedef {object} Home
 * @property {Source} source
 * @property {string} dir
 * @property {string} bin
 * @property {string} engine
 * @property {string} languageHost
 * @property {string} provider
 * @property {string} stamp written last, so its presence means that the rest is complete
 */

/**
 * @param {Source} source
 * @param {string} dir
 * @param {Versions} versions
 * @param {NodeJS.Platform} [platform]
 * @returns {Home}
 */
export function homeAt(source, dir, versions, platform = process.platform) {
  const exe = platform === "win32" ? ".exe" : "";
  const bin = join(dir, "versions", versions.engine, "bin");
  return {
    source,
    dir,
    bin,
    engine: join(bin, `pulumi${exe}`),
    languageHost: join(bin, `pulumi-language-nodejs${exe}`),
    provider: join(
      dir,
      "plugins",
      `resource-proxmoxve-v${versions.provider}`,
      `pulumi-resource-proxmoxve${exe}`,
    ),
    stamp: join(dir, "toolchain.json"),
  };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [userHome]
 */
export function cacheRoot(env, userHome = homedir()) {
  const xdg = env.XDG_CACHE_HOME;
  // The XDG specification says that a relative path is to be ignored.
  const base = xdg !== undefined && isAbsolute(xdg) ? xdg : join(userHome, ".cache");
  return join(base, "proxmox-fleet");
}

/**
 * The key of a build: the same sources, versions and platform give the same key, in every checkout.
 *
 * @param {ReadonlyArray<readonly [name: string, text: string]>} files
 * @param {Versions} versions
 * @param {string} platform such as linux-x64
 */
export function buildKey(files, versions, platform) {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([platform, versions.engine, versions.provider]));
  for (const file of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify(file));
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * @param {string} dir the Go module
 * @returns {Array<[name: string, text: string]>}
 */
function goSources(dir) {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => /(^|[/\\])(go\.mod|go\.sum|[^/\\]+\.go)$/.test(name))
    .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(dir, name), "utf8")]);
}

/**
 * Where the official releases go, and where a build goes.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @param {string} [root]
 * @returns {{ official: Home, built: Home }}
 */
export function possibleHomes(env = process.env, root = checkout) {
  const versions = pinnedVersions(root);
  const platform = `${process.platform}-${process.arch}`;
  const key = buildKey(goSources(join(root, "toolchain")), versions, platform);
  const cache = cacheRoot(env);
  const official = join(cache, `official-${versions.engine}-${versions.provider}-${platform}`);
  return {
    official: homeAt("official release", official, versions),
    built: homeAt("built here", join(cache, `toolchain-${key}`), versions),
  };
}

/** @param {Home} home */
export function missingFiles(home) {
  return [home.engine, home.languageHost, home.provider, home.stamp].filter((file) => !existsSync(file));
}

/**
 * The home in use: official releases before a build.
 *
 * @param {{ official: Home, built: Home }} homes
 * @returns {Home | undefined}
 */
export function installedHome(homes) {
  return [homes.official, homes.built].find((home) => missingFiles(home).length === 0);
}
