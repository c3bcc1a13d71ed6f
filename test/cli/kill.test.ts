import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { inTheWay } from "../../cli/kill/stop.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { nodeApiSteps, qemuApiSteps, requiredSteps } from "../../incident/autopsy/api-steps.ts";
import type { Manifest } from "../../incident/autopsy/manifest.ts";
import { SMALL_SEED } from "../emulator/small-seed.ts";
import { fleet, readOnly } from "./fleet-run.ts";

let emulator: Emulator;
let control: Control;
let cwd: string;
let at: Date;
let pid: number;
beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "fleet-kill-"));
  at = new Date("2026-01-01T12:00:00Z");
  emulator = await startEmulator({ seed: SMALL_SEED, clock: () => at.getTime() });
  control = new Control(emulator.controlUrl);
  pid = await pidOf();
});
afterEach(async () => {
  expect(await control.unknown()).toEqual([]);
  await emulator.close();
  rmSync(cwd, { recursive: true });
});

const pidOf = async () => ((await control.vm(100)).running as { pid: number } | null)?.pid ?? 0;
const run = (argv: readonly string[], over: Partial<Surroundings> = {}) => {
  const env = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: emulator.apiToken, USER: "ada" };
  return fleet(argv, { cwd, env, now: () => at, ...over });
};
const kill = (...argv: string[]) => run(["kill", "100", ...argv]);
const post = (path: string, body: unknown) =>
  fetch(`${emulator.controlUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
const stops = async () => (await control.writes()).filter(({ path }) => path.endsWith("/status/stop")).length;
const log = () => readFileSync(join(cwd, ".fleet/kills.log"), "utf8");
const later = async (seconds: number) => {
  at = new Date(at.getTime() + seconds * 1000);
};

test("it refuses before a bundle exists, says what to do, and stops after one was captured", async () => {
  const refused = await kill("--yes");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    `vm100 (100): its evidence would be lost (got no bundle); allowed is a complete bundle of process ${pid}, newer than the freeze and at most 30 minutes old; capture it: fleet autopsy 100 --ssh root@pve, or say why not: --without-evidence REASON\n`,
  ]);
  expect(await stops()).toBe(0);

  expect((await run(["autopsy", "100"])).code).toBe(0);
  await later(60);
  const folder = join(cwd, ".fleet/autopsies/autopsy-100-20260101T120000Z");
  const evidence = `evidence ${folder}, from the API alone, without a backtrace`;
  const { code, stdout, stderr } = await kill("--yes", "--start");
  expect(stderr).toBe(
    `fleet kill: stops vm100 (100) on pve at once: ends its QEMU process ${pid} of 2025-12-31T12:00:00.000Z, what the guest has not written is lost, then starts it again, with all changes that wait\nfleet kill: ${evidence}\n`,
  );
  const again = await pidOf();
  expect([code, again === pid]).toEqual([0, false]);
  expect(stdout).toBe(
    `vm100 (100): stopped, process ${pid} is gone (${evidence})\nvm100 (100): runs again as process ${again}\n`,
  );
  expect(log()).toBe(`2026-01-01T12:01:00.000Z user=ada vmid=100 pid=${pid} ${evidence}\n`);
});

test("evidence that is too old, older than the freeze, changed, or of another process will not do", async () => {
  await run(["autopsy", "100"]);
  const folder = join(cwd, ".fleet/autopsies/autopsy-100-20260101T120000Z");
  await later(31 * 60);
  expect((await kill("--yes")).stderr).toContain(`(got ${folder}, which is 31 minutes old, more than 30)`);
  expect((await kill("--yes", "--max-age", "60", "--since", "2026-01-01T14:10:00+02:00")).stderr).toContain(
    `(got ${folder}, which is older than the freeze (2026-01-01T12:00:00.000Z, frozen since 2026-01-01T12:10:00.000Z))`,
  );
  writeFileSync(join(folder, "api/tasks.json"), "[]");
  expect((await kill("--yes", "--max-age", "60")).stderr).toContain(
    "which is not as it was captured: api/tasks.json",
  );
  await run(["autopsy", "100"]);
  await post("/vms/100/guest-poweroff", {});
  await fetch(`${emulator.controlUrl}/requests`, { method: "DELETE" });
  await run(["kill", "100", "--yes", "--start"]);
  expect((await kill("--yes", "--max-age", "60")).stderr).toMatch(
    /which is of another process \(\d+, now \d+\)/,
  );
  expect(await stops()).toBe(0);
});

test("a bundle that only says that it is complete will not do, whatever it lacks", async () => {
  await run(["autopsy", "100"]);
  const folder = join(cwd, ".fleet/autopsies/autopsy-100-20260101T120000Z");
  const path = join(folder, "manifest.json");
  const good = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  const lacking = async (changed: object) => {
    writeFileSync(path, JSON.stringify({ ...good, ...changed }));
    const { code, stderr } = await kill("--yes");
    expect(code).toBe(1);
    return /\(got .*?, which (.*?)\); allowed is a complete bundle/.exec(stderr)?.[1];
  };
  const isNot = "says that it is complete, and is not";
  expect(await lacking({ steps: [] })).toBe(`${isNot}: the step status is not in it`);
  expect(await lacking({ steps: good.steps.filter(({ name }) => name !== "config") })).toBe(
    `${isNot}: the step config is not in it`,
  );
  const timedOut = good.steps.map((step) =>
    step.name === "tasks" ? { ...step, outcome: "timed out" } : step,
  );
  expect(await lacking({ steps: timedOut })).toBe(`${isNot}: tasks: timed out`);
  expect(await lacking({ ended: undefined })).toBe(`${isNot}: it has no end`);
  expect(await lacking({ ended: "2026-01-01T11:00:00.000Z" })).toBe(`${isNot}: it ended before it began`);
  expect(await lacking({ started: "2026-01-01T13:00:00.000Z", ended: "2026-01-01T13:00:05.000Z" })).toBe(
    "is dated in the future (2026-01-01T13:00:05.000Z, now 2026-01-01T12:00:00.000Z)",
  );
  expect(await lacking({ endpoint: "https://other.example.org:8006" })).toBe(
    `is of another Proxmox (https://other.example.org:8006, asked now is ${emulator.endpoint})`,
  );
  expect(await lacking({ vm: { ...good.vm, node: "pve9" } })).toBe(
    "was captured on pve9, and the VM is on pve",
  );
  const { pid: id } = good.process ?? {};
  expect(await lacking({ process: { pid: id, started: "2025-12-31T12:01:30.000Z" } })).toBe(
    `is of a process ${pid} that started at 2025-12-31T12:01:30.000Z, and by this machine's clock it started at 2025-12-31T12:00:00.000Z: another one, or the clocks of two machines differ`,
  );
  expect(await stops()).toBe(0);
  writeFileSync(path, JSON.stringify({ ...good, endpoint: `${emulator.endpoint}/api2/json` }));
  expect((await kill("--yes")).code).toBe(0);
});

test("what a bundle must hold wherever it was captured is what the capture requires of the API", () => {
  const source = {
    client: {
      get: () => Promise.reject(new Error("not asked")),
      post: () => Promise.reject(new Error("not asked")),
    },
    node: "pve",
    vmid: 100,
    now: () => at,
    sleep: async () => {},
    sampleGap: 0,
  } as unknown as Parameters<typeof qemuApiSteps>[0];
  const { status, rest } = qemuApiSteps(source);
  const required = [status, ...rest, ...nodeApiSteps(source)].filter(({ need }) => need === "required");
  expect(required.map(({ name }) => name)).toEqual(requiredSteps);
});

test("a bundle that is not complete will not do, and its reason is said", async () => {
  await post("/faults", {
    path: "/nodes/pve/qemu/100/rrddata",
    action: "fail",
    message: "rrd is broken",
    times: 4,
  });
  await run(["autopsy", "100"]);
  expect((await kill("--yes")).stderr).toMatch(
    /which is not complete: RRD, last (hour|day): failed: .*rrd is broken/,
  );
});

test("without evidence it needs a reason, and the reason is written down first", async () => {
  const reason = "the node burns\nvmid=101 forged";
  expect((await kill("--yes", "--without-evidence", reason)).code).toBe(0);
  expect(log()).toBe(
    `2026-01-01T12:00:00.000Z user=ada vmid=100 pid=${pid} without evidence: the node burns\\nvmid=101 forged\n`,
  );
  expect(statSync(join(cwd, ".fleet/kills.log")).mode & 0o777).toBe(0o600);
});

test("nothing is stopped that cannot be written down", async () => {
  writeFileSync(join(cwd, ".fleet"), "a file in the way");
  const { code, stderr } = await kill("--yes", "--without-evidence", "x");
  expect([code, await stops()]).toEqual([1, 0]);
  expect(stderr).toContain("the kill cannot be recorded");
});

test("it asks, and only a yes is one; where nobody can be asked it needs --yes", async () => {
  const reason = ["--without-evidence", "x"];
  const silent = await kill(...reason);
  expect(silent.stderr).toContain(
    "vm100 (100): nobody can be asked here (got no --yes); allowed is a terminal, or --yes",
  );
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return asked.length > 1;
  };
  const no = await run(["kill", "100", ...reason], { ask });
  expect([no.code, await stops()]).toEqual([1, 0]);
  const yes = await run(["kill", "100", ...reason], { ask });
  expect([yes.code, await stops(), asked]).toEqual([
    0,
    1,
    ["vm100 (100): stop it?", "vm100 (100): stop it?"],
  ]);
});

test("a VM that was restarted while somebody thought about it is not stopped", async () => {
  const ask = async () => {
    await post("/vms/100/guest-poweroff", {});
    return true;
  };
  const { code, stderr } = await run(["kill", "100", "--without-evidence", "x"], { ask });
  expect([code, await stops()]).toEqual([1, 0]);
  expect(stderr).toContain(`is not the process any more that was asked about (got none, not ${pid})`);
});

test("a lock is said with the way past it", async () => {
  await post("/vms/100/edit", { lock: "backup" });
  const { code, stderr } = await kill("--yes", "--without-evidence", "x");
  expect([code, stderr, await stops()]).toEqual([
    1,
    "vm100 (100): is locked (got backup); allowed is a VM that nothing holds; wait for the backup to end, or, if it never will, on pve: qm unlock 100\n",
    0,
  ]);
});

test("high availability is said with the way past it", () => {
  const vm = { label: "vm100 (100)", vmid: 100, node: "pve" };
  expect(inTheWay(vm, { haManaged: true })?.message).toBe(
    "vm100 (100): is managed by high availability, which would start it again (got ha.managed 1); allowed is a VM that only you start; on pve: ha-manager set vm:100 --state stopped",
  );
  expect(inTheWay(vm, { haManaged: false })).toBeUndefined();
});

test("a stop that Proxmox cannot do names the process, and ends nothing by itself", async () => {
  await post("/faults", {
    path: "/nodes/pve/qemu/100/status/stop",
    action: "task-fail",
    message: "got timeout",
  });
  const { code, stderr } = await kill("--yes", "--without-evidence", "x");
  expect([code, await pidOf()]).toEqual([1, pid]);
  expect(stderr).toMatch(
    new RegExp(`Proxmox could not stop it .*end the process on pve by hand: kill -9 ${pid}\\n$`),
  );
});

test("a VM that does not run is left alone, or started where that is wanted", async () => {
  const { code, stdout } = await run(["kill", "101", "--yes"]);
  expect([code, stdout]).toEqual([0, "vm101 (101): does not run, nothing was stopped\n"]);
  const started = await run(["kill", "101", "--yes", "--start", "--json"]);
  expect(JSON.parse(started.stdout)).toMatchObject({
    vmid: 101,
    stopped: false,
    startedPid: expect.any(Number),
  });
});

test.each([
  [
    ["--max-age", "soon"],
    'fleet kill: --max-age is out of bounds (got "soon"); allowed is a whole number of minutes from 1 to 999999; correct it',
  ],
  [
    ["--since", "15:21"],
    'fleet kill: --since: is no moment (got "15:21"); allowed is a time with its zone, such as 2026-06-11T15:21:00Z; correct it',
  ],
])("a mistake is one line, and nothing is stopped: %j", async (argv, message) => {
  const { code, stderr } = await kill("--yes", ...argv);
  expect([code, stderr, await stops()]).toEqual([1, `${message}\n`, 0]);
});
