import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runEngine } from "../../../cli/adopt/engine.ts";
import { type Proof, proveAdoption } from "../../../cli/adopt/proof.ts";
import packageJson from "../../../package.json" with { type: "json" };

/** The engine's words are played by a script; test/e2e has the real ones. */

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "fleet-adopt-engine-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const urn = (key: string) =>
  `urn:pulumi:prod::proxmox-fleet::proxmoxfleet:index:Vm$proxmoxfleet:index:VmConfig::${key}`;
const preview = (said: Readonly<Record<string, string>>) =>
  JSON.stringify({
    diagnostics: Object.entries(said).map(([key, message]) => ({ urn: urn(key), message, severity: "info" })),
  });
const events = (said: Readonly<Record<string, string>>) =>
  Object.entries(said)
    .map(([key, message]) =>
      JSON.stringify({ diagnosticEvent: { urn: urn(key), message, severity: "info" } }),
    )
    .join("\n");
const untouched = "nothing would be written\n";
const settled = "already as declared: nothing was written\n";

interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
}

/** Where the launcher of the npm package looks for the engine. */
function playEngine(answers: { preview: Answer; up?: Answer }): void {
  const engine = join(home, "versions", packageJson.devDependencies.pulumi, "bin", "pulumi");
  mkdirSync(dirname(engine), { recursive: true });
  for (const [verb, { stdout = "", stderr = "" }] of Object.entries(answers)) {
    writeFileSync(join(home, `${verb}.out`), stdout);
    writeFileSync(join(home, `${verb}.err`), stderr);
  }
  const codes = `case $1 in preview) exit ${answers.preview.code ?? 0};; *) exit ${answers.up?.code ?? 0};; esac`;
  writeFileSync(
    engine,
    `#!/bin/sh\necho "$PROXMOX_FLEET_READ_ONLY $*" >> ${home}/calls\ncat ${home}/$1.out\ncat ${home}/$1.err >&2\n${codes}\n`,
  );
  chmodSync(engine, 0o755);
}

function prove(keys: readonly string[], may = true): Promise<Proof> {
  const steps = { stack: "prod", keys, progress: () => {}, mayApply: async () => may };
  const env = { PATH: process.env.PATH, PULUMI_HOME: home };
  return proveAdoption(steps, { cwd: home, env, signal: new AbortController().signal } as never);
}

const calls = () => readFileSync(join(home, "calls"), "utf8").trimEnd().split("\n");

test("a preview and an up of the adopted VMs alone, neither of which can write", async () => {
  playEngine({
    preview: { stdout: preview({ web: untouched, db: `${untouched}1 change waits ...` }) },
    up: { stdout: events({ web: settled, db: settled }) },
  });
  expect(await prove(["web", "db"])).toEqual({
    proved: true,
    vms: [
      { key: "web", changes: [], applied: true },
      { key: "db", changes: [], applied: true },
    ],
  });
  const targets = ["web", "db"]
    .flatMap((key) =>
      ["proxmoxfleet:index:Vm", "proxmoxfleet:index:Vm$proxmoxfleet:index:VmConfig"].map(
        (type) => `--target **::${type}::${key}`,
      ),
    )
    .join(" ");
  expect(calls()).toEqual([
    `1 preview --stack prod --json ${targets} --non-interactive --color never`,
    `1 up --yes --skip-preview --stack prod --json ${targets} --non-interactive --color never`,
  ]);
});

test("a VM that would be written is named with its keys, and there is no up", async () => {
  const message = "would write 1 change:\n  drives.scsi0.mbps_rd: (absent) => 60  [live]\n";
  playEngine({ preview: { stdout: preview({ web: untouched, db: message }) } });
  expect(await prove(["web", "db"])).toEqual({
    proved: false,
    vms: [
      { key: "web", changes: [], applied: false },
      { key: "db", changes: ["drives.scsi0.mbps_rd: (absent) => 60  [live]"], applied: false },
    ],
    problem: "the preview would write to db",
  });
  expect(calls()).toHaveLength(1);
});

test("silence about a VM proves nothing", async () => {
  playEngine({ preview: { stdout: preview({}) } });
  expect((await prove(["web"])).vms).toEqual([
    { key: "web", changes: ["the preview says nothing of it"], applied: false },
  ]);
  playEngine({ preview: { stdout: preview({ web: untouched }) }, up: { stdout: events({}) } });
  expect(await prove(["web"])).toMatchObject({ proved: false, problem: "pulumi up said nothing of web" });
});

test("a no before the up ends it", async () => {
  playEngine({ preview: { stdout: preview({ web: untouched }) } });
  expect(await prove(["web"], false)).toMatchObject({
    proved: false,
    problem: "pulumi up was not confirmed",
  });
  expect(calls()).toHaveLength(1);
});

test.each([
  [
    { stderr: "error: no stack named 'prod' found\n", code: 255 },
    "pulumi preview: no stack named 'prod' found",
  ],
  [{ stderr: "pulumi: HTTP 403\n", code: 1 }, "pulumi preview: HTTP 403"],
  [{ code: 7 }, "pulumi preview: it ended with code 7 and said nothing"],
  [
    {
      stdout: JSON.stringify({ diagnostics: [{ message: "preview failed\nmore\n", severity: "error" }] }),
      code: 1,
    },
    "pulumi preview: preview failed",
  ],
])("an engine that fails is one line: %o", async (answer, problem) => {
  playEngine({ preview: answer });
  expect(await prove(["web"])).toEqual({ proved: false, vms: [], problem });
});

test("a machine without an engine says so", async () => {
  const surroundings = { cwd: home, env: { PATH: home }, signal: new AbortController().signal };
  await expect(runEngine(["preview"], surroundings, home)).rejects.toThrow(
    "pulumi: there is no such program on the PATH",
  );
});
