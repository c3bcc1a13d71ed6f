import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { homeAt } from "./home.mjs";
import { publish } from "./stamp.mjs";
import { checkout } from "./versions.mjs";

/** @typedef {import("./home.mjs").Home} Home */
/** @typedef {import("./versions.mjs").Versions} Versions */

const minute = 60_000;

/**
 * The two files that an installation of the official releases would download.
 *
 * @param {Versions} versions
 * @param {NodeJS.Platform} [platform]
 * @param {string} [arch]
 */
export function releaseUrls(versions, platform = process.platform, arch = process.arch) {
  const system = platform === "win32" ? "windows" : platform;
  const cli = platform === "win32" ? "zip" : "tar.gz";
  const goArch = arch === "x64" ? "amd64" : arch;
  return [
    `https://get.pulumi.com/releases/sdk/pulumi-v${versions.engine}-${system}-${arch}.${cli}`,
    `https://github.com/muhlba91/pulumi-proxmoxve/releases/download/v${versions.provider}/` +
      `pulumi-resource-proxmoxve-v${versions.provider}-${system}-${goArch}.tar.gz`,
  ];
}

/**
 * Asks for both releases at once, so that a network which blocks them costs a few seconds at most.
 *
 * @param {ReadonlyArray<string>} urls
 * @param {typeof fetch} [request]
 * @param {number} [timeoutMs]
 */
export async function areReachable(urls, request = fetch, timeoutMs = 3000) {
  const answers = await Promise.all(
    urls.map((url) =>
      request(url, { method: "HEAD", signal: AbortSignal.timeout(timeoutMs) }).then(
        (response) => response.ok,
        () => false,
      ),
    ),
  );
  return answers.every((ok) => ok);
}

/**
 * Installs both releases with their own installers.
 *
 * @param {Home} home
 * @param {Versions} versions
 * @param {import("./progress.mjs").Progress} progress
 * @returns {Promise<string | undefined>} why not
 */
export async function installOfficial(home, versions, progress) {
  const staged = homeAt(home.source, `${home.dir}.partial`, versions);
  rmSync(staged.dir, { recursive: true, force: true });
  mkdirSync(staged.dir, { recursive: true });
  const modules = join(checkout, "node_modules");
  const { server } = JSON.parse(
    readFileSync(join(modules, "@muhlba91", "pulumi-proxmoxve", "package.json"), "utf8"),
  ).pulumi;
  const env = {
    ...process.env,
    PULUMI_HOME: staged.dir,
    PULUMI_VERSION: versions.engine,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  /** @type {Array<[stage: string, command: string, args: string[]]>} */
  const steps = [
    [
      `downloading the official Pulumi CLI ${versions.engine}`,
      process.execPath,
      [join(modules, "pulumi", "run.js"), "version"],
    ],
    [
      `downloading the official proxmoxve provider ${versions.provider}`,
      staged.engine,
      ["plugin", "install", "resource", "proxmoxve", versions.provider, "--server", server],
    ],
  ];
  for (const [stage, command, args] of steps) {
    const done = await progress.during(
      stage,
      () => "",
      () => run(command, args, { env, timeoutMs: 10 * minute }),
    );
    if (done.code !== 0) {
      rmSync(staged.dir, { recursive: true, force: true });
      return done.stderr.trim() || `exit code ${done.code}`;
    }
  }
  await publish(staged, home);
  return undefined;
}
