import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pulumiEnvironment } from "../../toolchain/environment.mjs";
import { installedHome, possibleHomes } from "../../toolchain/home.mjs";

const builtHere = installedHome(possibleHomes())?.source === "built here";

const program = `
import { writeFileSync } from "node:fs";
import { Provider } from "@muhlba91/pulumi-proxmoxve/provider.js";
const provider = new Provider("p", { endpoint: "https://127.0.0.1:1/", apiToken: "root@pam!t=0" });
provider.urn.apply(() => writeFileSync("running", String(process.pid)));
await new Promise((resolve) => setTimeout(resolve, 120_000));
`;

let dir = "";
let engine: ChildProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "orphans-"));
  symlinkSync(new URL("../../node_modules", import.meta.url).pathname, join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), '{ "type": "module", "main": "index.ts" }');
  writeFileSync(
    join(dir, "Pulumi.yaml"),
    "name: orphans\nmain: index.ts\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
  );
  writeFileSync(join(dir, "index.ts"), program);
});
afterEach(() => {
  engine?.kill("SIGKILL");
  rmSync(dir, { recursive: true });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.runIf(builtHere)("program, language host and provider end when the engine is killed", async () => {
  const pulumi = pulumiEnvironment();
  const env = { ...pulumi.env, PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: "x" };
  execFileSync(pulumi.command, ["stack", "init", "dev"], { cwd: dir, env, stdio: "pipe" });
  engine = spawn(pulumi.command, ["preview", "--stack", "dev", "--non-interactive"], {
    cwd: dir,
    env,
    stdio: "ignore",
  });
  await vi.waitFor(() => expect(existsSync(join(dir, "running"))).toBe(true), { timeout: 60_000 });
  const children = execFileSync("pgrep", ["-P", String(engine.pid)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
  const pids = [...children, Number(readFileSync(join(dir, "running"), "utf8"))];
  expect(pids).toHaveLength(3);
  expect(pids.every(isRunning)).toBe(true);

  engine.kill("SIGKILL");

  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 10_000 });
});
