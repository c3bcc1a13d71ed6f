import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemdUnit, type UnitArgs } from "../../incident/listener/systemd-unit.ts";

const checkout = resolve(import.meta.dirname, "../..");
const here: UnitArgs = { node: process.execPath, checkout, folder: checkout, stack: "prod" };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unit-"));
  file = join(folder, "fleet-listen.service");
});
afterEach(() => rmSync(folder, { recursive: true }));

function analyze(args: readonly string[], unit: string) {
  writeFileSync(file, unit);
  const { status, stdout, stderr } = spawnSync("systemd-analyze", [...args, file], { encoding: "utf8" });
  return { status, stdout, stderr };
}

function keyOf(unit: string, key: string): string | undefined {
  return unit
    .split("\n")
    .find((line) => line.startsWith(`${key}=`))
    ?.slice(key.length + 1);
}

test("the unit starts the listener of a stack with Node, in the folder of its file", () => {
  const unit = systemdUnit({
    node: "/opt/node",
    checkout: "/opt/fleet",
    folder: "/srv/estate",
    stack: "lab",
  });
  expect(keyOf(unit, "ExecStart")).toBe(
    "/opt/node --max-old-space-size=85 /opt/fleet/cli/main.ts listen --stack lab --logs /var/log/fleet-listen",
  );
  expect(keyOf(unit, "WorkingDirectory")).toBe("/srv/estate");
  expect(keyOf(unit, "MemoryMax")).toBe("256M");
});

test("another address goes into its command line", () => {
  expect(keyOf(systemdUnit({ ...here, listen: "0.0.0.0:7000" }), "ExecStart")).toContain(
    " --stack prod --listen 0.0.0.0:7000 --logs ",
  );
});

test("nothing in a path is read by systemd", () => {
  const unit = systemdUnit({ ...here, checkout: '/opt/my "100%" $HOME\\fleet' });
  expect(keyOf(unit, "ExecStart")).toContain(' "/opt/my \\"100%%\\" $$HOME\\\\fleet/cli/main.ts" listen ');
});

const hasAnalyze = spawnSync("systemd-analyze", ["--version"]).error === undefined;
const skipped = hasAnalyze ? "" : " (skipped: no systemd-analyze here)";

test.skipIf(!hasAnalyze)(`the unit passes systemd-analyze verify${skipped}`, () => {
  expect(analyze(["verify"], systemdUnit(here))).toEqual({ status: 0, stdout: "", stderr: "" });
});

test.skipIf(!hasAnalyze)(`systemd-analyze verify tells a sound unit from a broken one${skipped}`, () => {
  const broken = systemdUnit({ ...here, node: "/nowhere/node" });
  expect(analyze(["verify"], broken).stderr).toContain("/nowhere/node is not executable");
});

test.skipIf(!hasAnalyze)(`the unit's exposure by systemd-analyze security is below 2 of 10${skipped}`, () => {
  const { status, stdout } = analyze(["security", "--offline=true", "--threshold=20"], systemdUnit(here));
  expect(stdout).toContain("Overall exposure level");
  expect(status).toBe(0);
});

test.skipIf(!hasAnalyze)(
  `the exporter's unit in docs/alerts.md passes systemd-analyze verify${skipped}`,
  () => {
    const page = readFileSync(join(checkout, "docs/alerts.md"), "utf8");
    const [, unit = ""] =
      /```ini\n(# \/etc\/systemd\/system\/fleet-watch.service\n[^`]*)```/.exec(page) ?? [];
    expect(keyOf(unit, "ExecStart")).toBe("/opt/proxmox-fleet/cli/fleet watch");
    const installed = unit.replaceAll("/opt/proxmox-fleet", checkout);
    expect(analyze(["verify"], installed)).toEqual({ status: 0, stdout: "", stderr: "" });
  },
);
