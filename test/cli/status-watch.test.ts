import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StatusReport } from "../../cli/status/report.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { productionStack, stackOf } from "../e2e/fleet-file.ts";
import { type FleetRun, fleet, readOnly } from "./fleet-run.ts";
import { declaredEstate, incidentSeed } from "./incident.ts";
import { folderWithStack } from "./stacks.ts";

let emulator: Emulator;
let control: Control;
beforeEach(async () => {
  emulator = await startEmulator({ seed: incidentSeed(declaredEstate), clock: () => 0 });
  control = new Control(emulator.controlUrl);
});
afterEach(async () => {
  expect((await control.requests()).every(({ method }) => method === "GET")).toBe(true);
  expect(await control.unknown()).toEqual([]);
  await emulator.close();
});

type Step = () => unknown;
const nothing: Step = () => undefined;
const edit = async () => {
  await control.act(205, "edit", { scsi0: "local-lvm:vm-205-disk-0,mbps_rd=150,mbps_wr=500,size=256G" });
};
const repair = async () => {
  await control.act(205, "edit", { scsi0: "local-lvm:vm-205-disk-0,mbps_rd=150,mbps_wr=120,size=256G" });
};

interface WatchRun extends FleetRun {
  /** Pauses between two looks, in milliseconds. */
  readonly pauses: readonly number[];
}

/** Watches, with a step in place of each pause between two looks; after the last step it is ended. */
async function watching(
  steps: readonly Step[],
  more: string[] = [],
  over: Partial<Surroundings> = {},
): Promise<WatchRun> {
  const ended = new AbortController();
  const pauses: number[] = [];
  const start = Date.parse("2026-11-24T12:00:00Z");
  const sleep = async (milliseconds: number) => {
    // The client's own, before it repeats a request.
    if (milliseconds < 5_000) return;
    pauses.push(milliseconds);
    const step = steps[pauses.length - 1];
    if (step === undefined) ended.abort();
    else await step();
  };
  const run = await fleet(["status", "--watch", ...more], {
    env: readOnly(emulator),
    now: () => new Date(start + pauses.reduce((sum, one) => sum + one, 0)),
    patience: { ...usualPatience, sleep },
    signal: ended.signal,
    ...over,
  });
  return { ...run, pauses };
}

/** The reports that were printed, by their time. */
function reports(stdout: string): [time: string, sum: string][] {
  return stdout
    .split(/^(?=\d{4}-\d\d-\d\dT[\d:.]+Z\n)/m)
    .map((text) => [text.split("\n")[0] ?? "", text.trimEnd().split("\n").at(-1) ?? ""]);
}

test("off a terminal it prints when something changed, with its time, and ends with the last state's code", async () => {
  const run = await watching([nothing, edit, nothing, nothing]);
  expect(reports(run.stdout)).toEqual([
    ["2026-11-24T12:00:00.000Z", "0 findings"],
    ["2026-11-24T12:01:00.000Z", "1 finding"],
  ]);
  expect([run.code, run.stderr]).toEqual([2, ""]);
  expect(run.pauses).toEqual([30_000, 30_000, 30_000, 30_000, 30_000]);
});

test("what was repaired is a change too, and the last state counts", async () => {
  const run = await watching([edit, repair], ["--interval", "5"]);
  expect(reports(run.stdout).map(([, sum]) => sum)).toEqual(["0 findings", "1 finding", "0 findings"]);
  expect([run.code, run.pauses]).toEqual([0, [5_000, 5_000, 5_000]]);
});

test("on a terminal each look takes the place of the one before", async () => {
  const { stdout } = await watching([nothing, nothing], [], { terminal: true });
  const screens = stdout.split("\u001b[2J\u001b[H");
  expect(screens.map((text) => text.split("\n")[0])).toEqual([
    "",
    "2026-11-24T12:00:00.000Z",
    "2026-11-24T12:00:30.000Z",
    "2026-11-24T12:01:00.000Z",
  ]);
});

test("as JSON each change is a line, on a terminal too", async () => {
  const { stdout } = await watching([nothing, edit], ["--json"], { terminal: true });
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as StatusReport);
  expect(lines.map(({ readAt, summary }) => [readAt, summary.findings])).toEqual([
    ["2026-11-24T12:00:00.000Z", 0],
    ["2026-11-24T12:01:00.000Z", 1],
  ]);
});

test("a Proxmox that does not answer for a while is told once, and that it does again", async () => {
  const fail = () =>
    control.fault({ path: "/cluster/resources", action: "fail", status: 596, message: "gone", times: 8 });
  const run = await watching([fail, nothing, nothing]);
  expect(run.stderr).toBe(
    "2026-11-24T12:00:30.000Z fleet status: GET /cluster/resources: Proxmox answers 596: gone\n2026-11-24T12:01:30.000Z fleet status: reads again\n",
  );
  expect([run.code, reports(run.stdout)]).toEqual([0, [["2026-11-24T12:00:00.000Z", "0 findings"]]]);
});

test("one that is ended while Proxmox does not answer ends with an error", async () => {
  const fail = () =>
    control.fault({ path: "/cluster/resources", action: "fail", status: 596, message: "gone" });
  expect((await watching([fail, nothing])).code).toBe(1);
});

test("what fails at the first look ends it", async () => {
  const env = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: "fleet@pve!audit=0badc0de" };
  const run = await watching([nothing], [], { env });
  expect([run.code, run.stdout, run.pauses]).toEqual([1, "", []]);
  expect(run.stderr).toContain("Proxmox rejects the API token");
});

test("the stack file is read at each look, and a mistake in it is told and may pass", async () => {
  const cwd = folderWithStack(productionStack());
  const write = (text: string) => () => writeFileSync(join(cwd, "Pulumi.prod.yaml"), text);
  const broken = write(stackOf({ devvm: { vmid: 1 } }));
  const run = await watching([broken, write(stackOf({ devvm: { vmid: 102 } }))], ["102"], { cwd });
  expect(run.stderr).toMatch(
    /^2026-11-24T12:00:30\.000Z fleet status: Pulumi\.prod\.yaml: config\.proxmox-fleet:fleet\.vms\.devvm\.vmid: .+\n2026-11-24T12:01:00\.000Z fleet status: reads again\n$/,
  );
  expect(run.code).toBe(0);
});

test("a signal ends it in the middle of a look, with the state that it had", async () => {
  const ended = new AbortController();
  const hold = async () => {
    await control.hold("GET", "/nodes/**");
    void control.whenHeld().then(() => ended.abort());
  };
  const run = await watching([edit, hold], [], { signal: ended.signal });
  await control.endHolds();
  expect([run.code, run.stderr]).toEqual([2, ""]);
});

test("a signal ends a single look with an error", async () => {
  const ended = new AbortController();
  await control.hold("GET", "/nodes/**");
  const run = fleet(["status"], { env: readOnly(emulator), signal: ended.signal });
  await control.whenHeld();
  ended.abort();
  expect(await run).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "fleet status: ended before every VM was read (got a signal); nothing was written, as always; run it again\n",
  });
  await control.endHolds();
});
