import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { cacheRoot } from "./home.mjs";
import { withLock } from "./lock.mjs";
import { checkout } from "./versions.mjs";

/** The distribution whose wheel has the collection; of its half a gigabyte nothing else is unpacked. */
const distribution = "ansible==12.3.0";
const collection = "ansible_collections/community/proxmox";
const requirements = join(checkout, "toolchain", "clients-requirements.txt");

/**
 * Clients of the Proxmox API in Python, as they are installed.
 *
 * @typedef {object} PythonClients
 * @property {string} python the interpreter
 * @property {string} packages a folder for PYTHONPATH; `ansible_collections` is in it
 */

/** @typedef {{ readonly found: PythonClients } | { readonly missing: string }} Looked */

/**
 * The folder of one set: the same versions and interpreter give the same, in every checkout.
 *
 * @param {string} cache
 * @param {string} listed the requirements
 * @param {string} interpreter such as 3.11.2-linux-x86_64
 */
export function clientsDir(cache, listed, interpreter) {
  const key = createHash("sha256")
    .update(JSON.stringify([listed, distribution, interpreter]))
    .digest("hex");
  return join(cache, `clients-${key.slice(0, 12)}`);
}

/** @returns {Promise<string | undefined>} what `python3` is, if there is one */
async function interpreter() {
  const script = "import platform,sysconfig;print(platform.python_version()+'-'+sysconfig.get_platform())";
  const asked = await run("python3", ["-c", script]);
  return asked.code === 0 ? asked.stdout.trim() : undefined;
}

/**
 * Looks for the clients; installs nothing.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<Looked>}
 */
export async function pythonClients(env = process.env) {
  const version = await interpreter();
  if (version === undefined) return { missing: "there is no python3" };
  const packages = clientsDir(cacheRoot(env), readFileSync(requirements, "utf8"), version);
  if (existsSync(packages)) return { found: { python: "python3", packages } };
  return { missing: "they are not installed; npm run setup -- --clients says why" };
}

/**
 * @param {string} what
 * @param {import("./command.mjs").Finished} done
 */
function failure(what, { stdout, stderr }) {
  const lines = `${stderr}\n${stdout}`.split("\n").filter((line) => line.trim() !== "");
  const said = lines.filter((line) => /error/i.test(line)).slice(0, 3);
  return new Error(`${what}: ${(said.length > 0 ? said : lines.slice(0, 3)).join("; ")}`);
}

/** @param {string} staged */
async function fill(staged) {
  const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"];
  const plain = ["--only-binary", ":all:", "--no-deps"];
  const installed = await run("python3", [
    ...pip,
    "install",
    ...plain,
    "--target",
    staged,
    "-r",
    requirements,
  ]);
  if (installed.code !== 0) throw failure("pip install", installed);
  const wheels = join(staged, "wheels");
  const loaded = await run("python3", [...pip, "download", ...plain, "--dest", wheels, distribution]);
  if (loaded.code !== 0) throw failure("pip download", loaded);
  const unpack =
    "import sys,zipfile\nwheel=zipfile.ZipFile(sys.argv[1])\n" +
    "names=[n for n in wheel.namelist() if n.startswith(sys.argv[2]+'/')]\n" +
    "assert names, 'the wheel has no '+sys.argv[2]\nwheel.extractall(sys.argv[3], names)";
  const [wheel = ""] = readdirSync(wheels);
  const unpacked = await run("python3", ["-c", unpack, join(wheels, wheel), collection, staged]);
  if (unpacked.code !== 0) throw failure("unpacking the collection", unpacked);
  rmSync(wheels, { recursive: true });
  // Without these two files Ansible does not take the folders for a collection's.
  for (const folder of ["ansible_collections", "ansible_collections/community"]) {
    const file = join(staged, folder, "__init__.py");
    if (!existsSync(file)) writeFileSync(file, "");
  }
}

/**
 * Installs the clients unless they are there. Where they cannot be, their tests are skipped: that is no error.
 *
 * @param {import("./progress.mjs").Progress} progress
 */
export async function installClients(progress) {
  const version = await interpreter();
  if (version === undefined) {
    progress.say("there is no python3: the tests with other people's clients in Python are skipped");
    return;
  }
  const dir = clientsDir(cacheRoot(process.env), readFileSync(requirements, "utf8"), version);
  await withLock(
    `${dir}.lock`,
    () => progress.say("another checkout is installing the clients; waiting for it"),
    async () => {
      if (existsSync(dir)) return;
      const staged = `${dir}.partial`;
      rmSync(staged, { recursive: true, force: true });
      mkdirSync(staged, { recursive: true });
      try {
        await progress.during(
          "installing other people's clients from PyPI for test/clients: usually half a minute",
          () => "",
          () => fill(staged),
        );
        renameSync(staged, dir);
      } catch (error) {
        progress.say(`${error instanceof Error ? error.message : error}; their tests are skipped`);
      } finally {
        rmSync(staged, { recursive: true, force: true });
      }
    },
  );
}
