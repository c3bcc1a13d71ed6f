import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { pulumiEnvironment } from "../../toolchain/environment.mjs";

/** The commands of docs/ci.md, as they stand there, with the token that can only read. */

const guide = readFileSync(resolve(import.meta.dirname, "../../docs/ci.md"), "utf8");

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface JobRun {
  readonly code: number;
  readonly output: string;
}

/** Runs the block that stands under `<!-- job -->`, as a CI's shell does: the first failure ends it. */
async function job(name: string, env: Record<string, string> = {}): Promise<JobRun> {
  const script = new RegExp(`<!-- ${name} -->\n\`\`\`sh\n(.*?)\`\`\``, "s").exec(guide)?.[1];
  if (script === undefined) throw new Error(`docs/ci.md has no job ${name}`);
  const engine = pulumiEnvironment();
  const child = spawn("sh", ["-eu", "-c", script], {
    cwd: sandbox.dir,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...engine.env,
      PATH: `${resolve(engine.command, "..")}:${engine.env.PATH ?? ""}`,
      ...sandbox.connection,
      PROXMOX_VE_API_TOKEN: sandbox.emulator.readOnlyToken,
      PULUMI_BACKEND_URL: `file://${join(sandbox.dir, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "sandbox",
      ...env,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? -1, output }));
  });
}

/** The report that the audit job left behind, by VM and rule. */
function alerts(): string[] {
  const log = JSON.parse(readFileSync(join(sandbox.dir, "audit.sarif"), "utf8")) as {
    runs: [{ results: { level: string; suppressions: unknown[]; partialFingerprints: object }[] }];
  };
  return log.runs[0].results
    .filter(({ level, suppressions }) => level === "error" && suppressions.length === 0)
    .map(({ partialFingerprints }) => Object.values(partialFingerprints).join());
}

test("the preview of the production stack passes, and fails by the pack without exemptions", async () => {
  const passed = await job("preview");
  expect(passed.output).toContain("proxmox-fleet");
  expect(passed.code).toBe(0);
  const failed = await job("preview", { PROXMOX_FLEET_NO_EXEMPTIONS: "1" });
  expect(failed.code).not.toBe(0);
  expect(failed.output).toContain("drive-has-caps");
  expect(await sandbox.control.writes()).toEqual([]);
});

test("the audit finds what the incident's estate hides, and leaves it in a file", async () => {
  expect((await job("audit")).code).toBe(2);
  expect(alerts()).toEqual([
    "no-lsi-controller/102/",
    "drive-has-iothread/102/scsi0",
    "aio-is-explicit/102/scsi0",
    "drive-has-caps/205/scsi0",
    "no-zombie-onboot/206/",
  ]);
  expect(await sandbox.control.writes()).toEqual([]);
});

test("the drift check fails until what is declared was applied, and again after a hand edit", async () => {
  expect((await job("drift")).code).not.toBe(0);
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  await sandbox.control.forget();
  const clean = await job("drift");
  expect(clean.output).not.toContain("error:");
  expect(clean.code).toBe(0);

  const scsi0 = (await sandbox.control.vm(202)).config.scsi0?.replace("mbps_wr=120", "mbps_wr=500");
  await sandbox.control.act(202, "edit", { scsi0 });
  const drifted = await job("drift");
  expect(drifted.code).not.toBe(0);
  expect(drifted.output).toContain("drives.scsi0.mbps_wr");
  expect(await sandbox.control.writes()).toEqual([]);
  expect(await sandbox.control.unknown()).toEqual([]);
});

test("after the stop and start that the changes wait for, the audit finds nothing", async () => {
  expect((await job("audit")).code).toBe(2);
  expect(alerts()).toEqual([
    "no-lsi-controller/102/",
    "drive-has-iothread/102/scsi0",
    "aio-is-explicit/102/scsi0",
  ]);
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/stop");
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/start");
  expect((await job("audit")).code).toBe(0);
  expect(alerts()).toEqual([]);
});

test("a state file is judged by the same rules, without a connection", async () => {
  const exported = await sandbox.pulumi(["stack", "export", "--file", "state.json"]);
  expect(exported.code).toBe(0);
  const engine = pulumiEnvironment();
  const child = spawn(
    "npx",
    ["fleet", "audit", "--policy", "--json", "--state", "state.json", "--no-exemptions"],
    {
      cwd: sandbox.dir,
      stdio: ["ignore", "pipe", "inherit"],
      env: engine.env,
    },
  );
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const code = await new Promise((done) => child.on("close", done));
  const report = JSON.parse(text) as {
    findings: { rule: string; vmid?: number }[];
    vms: { vmid?: number }[];
  };
  expect(code).toBe(2);
  expect(report.vms).toHaveLength(13);
  expect(report.findings.map(({ rule, vmid }) => `${rule} ${vmid}`)).toContain("drive-has-iothread 200");
});
