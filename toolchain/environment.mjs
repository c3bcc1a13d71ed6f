import { delimiter, join } from "node:path";
import { installedHome, possibleHomes } from "./home.mjs";
import { checkout } from "./versions.mjs";

/**
 * What is needed to run the real engine from this checkout, without touching the user's own ~/.pulumi: the
 * engine's path, and an environment in which `node` is the checkout's Node 24. Backend and passphrase are the
 * caller's.
 *
 * @param {NodeJS.ProcessEnv} [base] the environment to start from; @default process.env
 * @returns {{ command: string, env: Record<string, string> }}
 * @throws when `npm run setup` has not been run
 */
export function pulumiEnvironment(base = process.env) {
  const homes = possibleHomes(base);
  const home = installedHome(homes);
  if (home === undefined) {
    throw new Error(
      `toolchain: engine, language host and provider are not installed (looked in ${homes.official.dir} and ` +
        `${homes.built.dir}); run npm run setup`,
    );
  }
  /** @type {Record<string, string>} */
  const env = {};
  for (const [name, value] of Object.entries(base)) {
    // An inherited PULUMI_VERSION would make the npm launcher look for another engine.
    if (value !== undefined && name !== "PULUMI_VERSION") env[name] = value;
  }
  return {
    command: home.engine,
    env: {
      ...env,
      PULUMI_HOME: home.dir,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // The engine's folder comes before what the user has: a language host found in PATH wins.
      PATH: [join(checkout, "node_modules", ".bin"), home.bin, env.PATH ?? ""].join(delimiter),
    },
  };
}
