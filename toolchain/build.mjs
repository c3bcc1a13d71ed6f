import { mkdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "./command.mjs";
import { downloadErrorText, failedDownloads, failedModules } from "./go-errors.mjs";
import { homeAt } from "./home.mjs";
import { diskSpaceError, goMissingError, goVersionError } from "./needs.mjs";
import { publish } from "./stamp.mjs";
import { checkout } from "./versions.mjs";

/** @typedef {import("./home.mjs").Home} Home */
/** @typedef {import("./needs.mjs").GoEnvironment} GoEnvironment */
/** @typedef {import("./progress.mjs").Progress} Progress */
/** @typedef {import("./versions.mjs").Versions} Versions */

const moduleDir = join(checkout, "toolchain");
const engineVersionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** What Go must not take from the user: flags, workspaces, a newer toolchain of its own, a C compiler. */
const goEnv = { ...process.env, GOFLAGS: "", GOWORK: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0" };

/** @param {string} goMod the text of go.mod @returns {number} how many modules it requires */
export function requiredModules(goMod) {
  return goMod.split("\n").filter((line) => /^\t[\w.-]+\/\S+ v\S+( \/\/ indirect)?$/.test(line)).length;
}

/** @returns {Promise<GoEnvironment>} */
async function goEnvironment() {
  // In a folder without go.mod: there an old Go answers instead of refusing.
  const asked = await run("go", ["env", "-json", "GOVERSION", "GOMODCACHE", "GOCACHE"], {
    cwd: tmpdir(),
    env: goEnv,
  });
  if (asked.code !== 0) throw new Error(goMissingError(asked.stderr.trim()));
  return JSON.parse(asked.stdout);
}

/** @param {string} dir @returns {{ device: number, freeBytes: number }} */
function lookAtDisk(dir) {
  const stat = statSync(dir, { throwIfNoEntry: false });
  if (stat === undefined) return lookAtDisk(dirname(dir));
  const { bavail, bsize } = statfsSync(dir);
  return { device: stat.dev, freeBytes: bavail * bsize };
}

/** @param {Progress} progress */
async function downloadModules(progress) {
  const total = requiredModules(readFileSync(join(moduleDir, "go.mod"), "utf8"));
  let count = 0;
  const done = await progress.during(
    "getting Go modules",
    () => `${count} downloaded, ${total} in all`,
    () =>
      run("go", ["mod", "download", "-x", "-json"], {
        cwd: moduleDir,
        env: goEnv,
        onLine: (line) => {
          if (/^# get \S+\.zip: 200/.test(line)) count += 1;
        },
      }),
  );
  if (done.code === 0) return;
  const failures = failedDownloads(done.stdout);
  throw new Error(
    downloadErrorText(failures.length > 0 ? failures : failedModules(done.stderr)) || done.stderr,
  );
}

/** @param {Home} staged @param {Versions} versions @param {Progress} progress */
async function compile(staged, versions, progress) {
  const variables = [
    `-X ${engineVersionVariable}=v${versions.engine}`,
    `-X main.engineVersion=${versions.engine}`,
    `-X main.providerVersion=${versions.provider}`,
  ];
  let packages = 0;
  const out = join(staged.dir, "out");
  const done = await progress.during(
    "compiling engine, language host and provider",
    () => `${packages} packages compiled`,
    () =>
      run(
        "go",
        [
          "build",
          "-v",
          "-mod=readonly",
          "-buildvcs=false",
          `-ldflags=-s -w ${variables.join(" ")}`,
          `-o=${out}${process.platform === "win32" ? "\\" : "/"}`,
          "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
          "./language-host",
          "./provider",
        ],
        {
          cwd: moduleDir,
          env: goEnv,
          onLine: () => {
            packages += 1;
          },
        },
      ),
  );
  if (done.code !== 0) {
    throw new Error(
      downloadErrorText(failedModules(done.stderr)) || `toolchain: go build failed:\n${done.stderr}`,
    );
  }
  const exe = process.platform === "win32" ? ".exe" : "";
  mkdirSync(staged.bin, { recursive: true });
  mkdirSync(dirname(staged.provider), { recursive: true });
  renameSync(join(out, `pulumi${exe}`), staged.engine);
  renameSync(join(out, `language-host${exe}`), staged.languageHost);
  renameSync(join(out, `provider${exe}`), staged.provider);
  rmSync(out, { recursive: true });
}

/** @param {string} command @param {string[]} args @param {string} [expected] */
async function mustSay(command, args, expected) {
  const done = await run(command, args, { env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" } });
  if (done.code === 0 && (expected === undefined || done.stdout.trim() === expected)) return;
  throw new Error(
    `toolchain: ${command} ${args.join(" ")} does not work (got ${done.stdout.trim()} ${done.stderr.trim()}); ` +
      `${expected ?? "success"} is expected; this is a defect of toolchain/`,
  );
}

/**
 * Builds engine, language host and provider from the Go modules that go.mod and go.sum pin.
 *
 * @param {Home} home
 * @param {Versions} versions
 * @param {Progress} progress
 * @throws when Go, room or a module is missing
 */
export async function build(home, versions, progress) {
  const go = await goEnvironment();
  const refused =
    goVersionError(go.GOVERSION) ??
    diskSpaceError({ modules: go.GOMODCACHE, compiled: go.GOCACHE, results: home.dir }, lookAtDisk);
  if (refused !== undefined) throw new Error(refused);
  progress.say(
    `building engine, language host and provider with ${go.GOVERSION}: usually 8 to 18 minutes on 2 cores, once ` +
      "for all checkouts; it takes 4 GB of disk and 2 GB of memory",
  );
  const staged = homeAt(home.source, `${home.dir}.partial`, versions);
  rmSync(staged.dir, { recursive: true, force: true });
  mkdirSync(staged.dir, { recursive: true });
  try {
    await downloadModules(progress);
    await compile(staged, versions, progress);
    await mustSay(staged.provider, ["generate"]);
    await mustSay(staged.engine, ["version"], `v${versions.engine}`);
    await mustSay(staged.provider, ["--version"], versions.provider);
    await publish(staged, home);
  } finally {
    rmSync(staged.dir, { recursive: true, force: true });
  }
}
