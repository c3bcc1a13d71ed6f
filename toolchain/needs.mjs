/**
 * @typedef {object} GoEnvironment
 * @property {string} GOVERSION such as go1.26.8
 * @property {string} GOMODCACHE
 * @property {string} GOCACHE
 */

const neededGo = [1, 26];
const megabyte = 1024 * 1024;

/** Megabytes that a first build takes: 1.6 GB of modules, 2.0 GB of compiled packages, 0.2 GB of results. */
const neededMegabytes = { modules: 1700, compiled: 2100, results: 300 };

/**
 * @param {string} goVersion what `go env GOVERSION` says
 * @returns {string | undefined} an error text when it is too old
 */
export function goVersionError(goVersion) {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(goVersion) ?? [];
  const [wantedMajor = 0, wantedMinor = 0] = neededGo;
  const found = [Number(major ?? 0), Number(minor ?? 0)];
  const [foundMajor = 0, foundMinor = 0] = found;
  if (foundMajor > wantedMajor || (foundMajor === wantedMajor && foundMinor >= wantedMinor)) return undefined;
  return (
    `toolchain: Go is too old (got ${goVersion}); ${neededGo.join(".")} or later builds the engine here; ` +
    installGoAdvice
  );
}

const installGoAdvice =
  "install it from go.dev/dl or your distribution, or let this machine reach get.pulumi.com and github.com " +
  "so that the official releases are used";

/** @param {string} said what starting Go came to */
export function goMissingError(said) {
  return `toolchain: Go cannot be run (${said}); Go ${neededGo.join(".")} or later builds the engine here; ${installGoAdvice}`;
}

/**
 * Checks the room on each file system that the build writes to.
 *
 * @param {{ modules: string, compiled: string, results: string }} places directories
 * @param {(dir: string) => { device: number, freeBytes: number }} look
 * @returns {string | undefined} an error text when there is too little
 */
export function diskSpaceError(places, look) {
  /** @type {Map<number, { dirs: string[], needed: number, free: number }>} */
  const devices = new Map();
  for (const place of /** @type {const} */ (["modules", "compiled", "results"])) {
    const { device, freeBytes } = look(places[place]);
    const seen = devices.get(device) ?? { dirs: [], needed: 0, free: Math.floor(freeBytes / megabyte) };
    seen.dirs.push(places[place]);
    seen.needed += neededMegabytes[place];
    devices.set(device, seen);
  }
  const short = [...devices.values()].filter(({ needed, free }) => free < needed);
  if (short.length === 0) return undefined;
  return short
    .map(
      ({ dirs, needed, free }) =>
        `toolchain: too little room for ${dirs.join(" and ")} (got ${free} MB free); ${needed} MB are needed; ` +
        "make room, or set GOMODCACHE, GOCACHE or XDG_CACHE_HOME to another disk",
    )
    .join("\n");
}
