import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import type { Manifest } from "../../incident/autopsy/manifest.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { SMALL_SEED } from "../emulator/small-seed.ts";
import { type FleetRun, fleet, readOnly } from "./fleet-run.ts";

const [pve, pve2] = SMALL_SEED.nodes;
if (pve === undefined || pve2 === undefined) throw new Error("the seed has two nodes");
const seed: Seed = {
  ...SMALL_SEED,
  nodes: [
    {
      ...pve,
      timezone: "Europe/Sofia",
      log: [
        { at: "2026-01-01T11:59:00Z", text: "apply-mbps-caps[7]: updating scsi0, password=planted-in-log" },
      ],
    },
    pve2,
  ],
  tokens: [
    { id: "narrow@pve!look", secret: "s", acl: { "/vms": ["VM.Audit"] } },
    { id: "log@pve!look", secret: "s", acl: { "/": ["VM.Audit", "Sys.Audit", "Sys.Syslog"] } },
  ],
  vms: SMALL_SEED.vms.map((vm) => ({
    ...vm,
    config: {
      ...vm.config,
      cipassword: "planted-cipassword",
      sshkeys: "ssh-ed25519%20planted-key",
      description: "root login: password=planted-in-notes",
      args: "-object secret,id=sec0,data=planted-object",
    },
  })),
};

let emulator: Emulator;
let control: Control;
let cwd: string;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "fleet-autopsy-"));
  emulator = await startEmulator({ seed });
  control = new Control(emulator.controlUrl);
});
afterEach(async () => {
  expect(await control.unknown()).toEqual([]);
  await emulator.close();
  rmSync(cwd, { recursive: true });
});

const now = () => new Date("2026-01-01T12:00:00Z");
const as = (id: string) => ({ ...readOnly(emulator), PROXMOX_VE_API_TOKEN: `${id}=s` });
const run = (argv: readonly string[], env = as("log@pve!look")): Promise<FleetRun> =>
  fleet(["autopsy", ...argv], { cwd, env, now });
const bundles = () => readdirSync(join(cwd, ".fleet/autopsies"));
const bundle = () => join(cwd, ".fleet/autopsies/autopsy-100-20260101T120000Z");
const manifest = () => JSON.parse(readFileSync(join(bundle(), "manifest.json"), "utf8")) as Manifest;
const step = (name: string) => manifest().steps.find((one) => one.name === name);
const fault = (body: Record<string, unknown>) =>
  fetch(`${emulator.controlUrl}/faults`, { method: "POST", body: JSON.stringify(body) });

test("with the API alone every API step is captured, and the missing backtrace is said with the way to it", async () => {
  const { code, stdout } = await run(["vm100"]);
  expect([code, bundles()]).toEqual([
    0,
    ["autopsy-100-20260101T120000Z", "autopsy-100-20260101T120000Z.tar.gz"],
  ]);
  expect(stdout).toContain("100 vm100: complete as far as the API goes, 16 of 31 steps captured\n");
  expect(stdout).toContain(
    "gdb: backtrace of every thread: needs the node pve itself: run there with --host, or with --ssh root@pve\n",
  );
  expect(stdout).toContain(
    "The backtrace of the QEMU process and its QMP state are not in here: the API cannot give them. Get them with fleet autopsy 100 --ssh root@pve, before the VM is stopped.",
  );
  const captured = manifest().steps.filter(({ outcome }) => outcome === "captured");
  expect(captured.map(({ file }) => file).sort()).toEqual([
    "api/block-statistics.json",
    "api/config.json",
    "api/monitor-info-block.txt",
    "api/monitor-info-blockstats.txt",
    "api/monitor-info-iothreads.txt",
    "api/monitor-info-status.txt",
    "api/node-status.json",
    "api/node-time.json",
    "api/pending.json",
    "api/rrd-day.json",
    "api/rrd-hour.json",
    "api/status.json",
    "api/syslog.json",
    "api/task-logs.json",
    "api/tasks.json",
    "api/version.json",
  ]);
  expect(readFileSync(join(bundle(), "report.html"), "utf8")).toContain("apply-mbps-caps[7]");
});

test("it writes nothing: all that is not a read is one of four monitor commands that only read", async () => {
  await run(["100"]);
  const writes = await control.writes();
  expect(writes.map(({ path, body }) => [path, body])).toEqual(
    ["info status", "info block", "info blockstats", "info iothreads"].map((command) => [
      "/nodes/pve/qemu/100/monitor",
      { command },
    ]),
  );
});

test("no planted secret and no token is in any file, nor on the screen", async () => {
  writeFileSync(join(cwd, "host.log"), "2026-01-01T11:59:30Z pve x: password=planted-in-file\n");
  const { stdout, stderr } = await run(["100", "--log", "host.log"], {
    ...readOnly(emulator),
    PROXMOX_VE_API_TOKEN: emulator.apiToken,
  });
  const secret = emulator.apiToken.split("=")[1] ?? "";
  const files = readdirSync(bundle(), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const all = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
  expect(files.length).toBeGreaterThan(17);
  for (const text of [all, stdout, stderr]) {
    expect(text).not.toContain("planted-");
    expect(text).not.toContain(secret);
  }
  expect(all).toContain("password=(masked)");
});

test("what the token may not is recorded and keeps no bundle from being complete", async () => {
  const { code } = await run(["100"], as("narrow@pve!look"));
  expect([code, step("monitor info block")?.outcome, step("node log, last three hours")?.outcome]).toEqual([
    0,
    "not available",
    "not available",
  ]);
  expect(step("monitor info block")?.reason).toContain("Sys.Audit or Sys.Modify on /vms/100");
});

test("a step that fails makes the bundle not complete; all others are captured", async () => {
  await fault({ path: "/nodes/pve/qemu/100/rrddata", action: "fail", message: "rrd is broken" });
  const { code, stdout } = await run(["100"]);
  expect([code, manifest().complete]).toEqual([2, false]);
  const lost = manifest().steps.filter(({ outcome }) => outcome === "failed");
  expect(lost.map(({ name }) => name).sort()).toEqual(["RRD, last day", "RRD, last hour"]);
  expect(stdout).toContain("rrd is broken");
});

test("requests that hang are given up, and all others are captured", async () => {
  await fault({ path: "/nodes/pve/qemu/100/rrddata", action: "delay", milliseconds: 1_500 });
  const patience = { ...usualPatience, request: 300, repeats: 0, sleep: async () => undefined };
  const { code } = await fleet(["autopsy", "100"], { cwd, env: as("log@pve!look"), now, patience });
  expect([code, manifest().complete]).toEqual([2, false]);
  const lost = manifest().steps.filter(({ outcome }) => outcome === "failed");
  expect(lost.map(({ name }) => name).sort()).toEqual(["RRD, last day", "RRD, last hour"]);
  expect(lost[0]?.reason).toMatch(/no answer to GET .* within 0\.3 s/);
});

test("a VM that stops midway is said, and the rest goes on", async () => {
  await fetch(`${emulator.controlUrl}/barriers`, {
    method: "POST",
    body: JSON.stringify({ path: "/nodes/pve/qemu/100/monitor", times: 1 }),
  });
  const running = run(["100"]);
  await fetch(`${emulator.controlUrl}/barriers?held=1`);
  await fetch(`${emulator.controlUrl}/vms/100/guest-poweroff`, { method: "POST", body: "{}" });
  await fetch(`${emulator.controlUrl}/barriers`, { method: "DELETE" });
  const { code } = await running;
  expect([code, manifest().complete]).toEqual([2, false]);
  expect(manifest().remarks.join("\n")).toMatch(
    /The VM stopped while it was captured: process \d+ is gone\./,
  );
  expect(step("monitor info block")?.reason).toBe("ERROR: VM 100 not running");
  expect(step("RRD, last day")?.outcome).toBe("captured");
});

test("a VM that is restarted midway is said, and its bundle is never complete", async () => {
  await fetch(`${emulator.controlUrl}/barriers`, {
    method: "POST",
    body: JSON.stringify({ path: "/nodes/pve/qemu/100/monitor", times: 1 }),
  });
  const running = run(["100"]);
  await fetch(`${emulator.controlUrl}/barriers?held=1`);
  await fetch(`${emulator.controlUrl}/vms/100/guest-poweroff`, { method: "POST", body: "{}" });
  const writer = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: emulator.apiToken };
  expect((await fleet(["kill", "100", "--start"], { cwd, env: writer, now })).code).toBe(0);
  await fetch(`${emulator.controlUrl}/barriers`, { method: "DELETE" });
  expect((await running).code).toBe(2);
  expect(manifest().steps.filter(({ outcome }) => outcome === "failed")).toEqual([]);
  expect(manifest().remarks.join("\n")).toMatch(
    /The VM was restarted while it was captured: process \d+ is now \d+\./,
  );
});

test("logs are kept with their zone; one that is not there or in no known zone is a line, the rest goes on", async () => {
  writeFileSync(join(cwd, "host.log"), "Jan  1 13:58:00 pve kernel: from the host\n");
  writeFileSync(join(cwd, "guest.log"), "Jan  1 11:58:30 vm kernel: from the guest\n");
  const { code, stderr } = await run([
    "100",
    "--log",
    "host.log,guest.log,absent.log",
    "--tz",
    "Europe/Sofia,Mars/Olympus,UTC",
  ]);
  expect(code).toBe(0);
  expect(stderr).toContain('guest.log: no such time zone (got "Mars/Olympus"); allowed is');
  expect(stderr).toContain("absent.log: cannot be kept: ENOENT");
  const page = readFileSync(join(bundle(), "report.html"), "utf8");
  expect(page).toMatch(/11:58:00<\/time><span class="source">host\.log/);
});

test("a bundle is checked against its hashes", async () => {
  await run(["100"]);
  const good = await run(["--verify", bundle()]);
  expect([good.code, good.stdout]).toEqual([
    0,
    `${bundle()}: complete, 16 files are as they were captured\n`,
  ]);
  writeFileSync(join(bundle(), "api/tasks.json"), "[]");
  const bad = await run(["--verify", bundle()]);
  expect(bad.code).toBe(2);
  expect(bad.stdout).toContain("  api/tasks.json: is not what was captured");
});

test("the page is made again with a log that came later, and the evidence stays as it was", async () => {
  await run(["100"]);
  writeFileSync(join(cwd, "later.log"), "2026-01-01T11:57:00Z vm x: after the restart\n");
  const { code, stdout } = await run(["--report", bundle(), "--log", "later.log"]);
  expect([code, stdout]).toEqual([0, `${bundle()}/report.html\n`]);
  expect(readFileSync(join(bundle(), "report.html"), "utf8")).toContain("after the restart");
  expect((await run(["--verify", bundle()])).code).toBe(0);
});

test("ended by hand, what was captured stays and is marked", async () => {
  await fault({ path: "/nodes/pve/qemu/100/monitor", action: "delay", milliseconds: 2_000 });
  const ended = new AbortController();
  const running = fleet(["autopsy", "100"], { cwd, env: as("log@pve!look"), now, signal: ended.signal });
  await expect.poll(() => bundles().length > 0 && manifest().steps.length).toBeGreaterThan(3);
  ended.abort();
  const { code } = await running;
  expect([code, manifest().complete]).toEqual([2, false]);
  expect(manifest().remarks).toContain("The capture was ended by hand before its end.");
  expect(step("status")?.outcome).toBe("captured");
});

test("a stopped VM has no process to look at", async () => {
  const { code, stdout } = await run(["101"]);
  expect(code).toBe(2);
  expect(stdout).toContain("VM 101 does not run: there is no process to look at.");
});

test.each([
  [
    [],
    "fleet autopsy: does not know what to do (got nothing); allowed is one of VM, --verify DIR and --report DIR; name one",
  ],
  [["100", "--verify", "x"], "fleet autopsy: does not know what to do (got 100, x)"],
  [
    ["100", "--qmp", "/x"],
    "fleet autopsy: --qmp and --pid name something on the node (got no --host and no --ssh); allowed is either; add one",
  ],
  [
    ["100", "--host", "--pid", "1 2"],
    'fleet autopsy: --pid is out of bounds (got "1 2"); allowed is a whole number from 1 to 4194304; correct it',
  ],
  [
    ["100", "--host", "--ssh", "h"],
    "fleet autopsy: two hosts (got --host and --ssh h); allowed is one of them; leave one out",
  ],
  [
    ["100", "--ssh", "-oProxyCommand=x"],
    '--ssh: is no destination (got "-oProxyCommand=x"); allowed is HOST or USER@HOST; correct it',
  ],
  [["100", "--log", "a,b", "--tz", "UTC,UTC,UTC"], "--tz: does not match the logs (got 3 zones for 2 logs)"],
  [["nobody"], "nobody: no such VM"],
  [
    ["100", "--log", "a", "--log=b"],
    "fleet autopsy: an option named more than once (got --log 2 times); allowed is once; leave the others out",
  ],
])("a mistake is one line, and nothing is made: %j", async (argv, message) => {
  const { code, stderr } = await run(argv);
  expect([code, stderr.startsWith(message), stderr.trim().split("\n").length]).toEqual([1, true, 1]);
  expect(() => statSync(join(cwd, ".fleet"))).toThrow("ENOENT");
});
