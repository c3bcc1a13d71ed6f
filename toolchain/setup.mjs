import { build } from "./build.mjs";
import { installClients } from "./clients.mjs";
import { installedHome, possibleHomes } from "./home.mjs";
import { withLock } from "./lock.mjs";
import { areReachable, installOfficial, releaseUrls } from "./official.mjs";
import { ensurePackages } from "./packages.mjs";
import { Progress } from "./progress.mjs";
import { inspect, renderReport } from "./report.mjs";
import { checkout, pinnedVersions } from "./versions.mjs";

const usage = "usage: npm run setup [-- --clients] | npm run toolchain -- --check [--json]";

/** Installs what is missing: npm packages, then engine, language host and provider. */
async function setUp() {
  const progress = new Progress();
  await ensurePackages(progress);
  const homes = possibleHomes();
  if (installedHome(homes) !== undefined) return;

  const versions = pinnedVersions();
  await withLock(
    `${homes.built.dir}.lock`,
    () => progress.say("another checkout is installing the same; waiting for it"),
    async () => {
      if (installedHome(homes) !== undefined) return;
      if (await areReachable(releaseUrls(versions))) {
        const failure = await installOfficial(homes.official, versions, progress);
        if (failure === undefined) return;
        progress.say(`the official releases could not be installed: ${failure}`);
      } else {
        progress.say("the official releases cannot be reached (get.pulumi.com, github.com)");
      }
      await build(homes.built, versions, progress);
    },
  );
  progress.say(`ready in ${installedHome(homes)?.dir}`);
}

/** @param {string[]} args @returns {Promise<number>} exit code */
async function main(args) {
  const json = args.includes("--json");
  const known = ["--check", "--json", "--clients"];
  const clash = args.includes("--check") ? args.includes("--clients") : json;
  if (args.some((arg) => !known.includes(arg)) || clash) {
    process.stderr.write(`${usage}\n`);
    return 1;
  }
  if (!args.includes("--check")) {
    await setUp();
    if (args.includes("--clients")) await installClients(new Progress());
    return 0;
  }
  const report = await inspect(possibleHomes(), pinnedVersions());
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : renderReport(report)}\n`);
  return report.complete ? 0 : 1;
}

// Without these a signal would end the process before children are stopped and the lock is given back.
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));

try {
  process.chdir(checkout);
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
