import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { StatusReport } from "../../cli/status/report.ts";
import { Sandbox } from "../../demo/sandbox.ts";

/** `fleet status` beside the real engine, as its own process with the token that can only read. */

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

interface StatusRun {
  readonly code: number;
  readonly found: readonly string[];
  readonly report: StatusReport;
}

/** Runs it, and requires that it sent nothing but reads. */
async function status(): Promise<StatusRun> {
  await sandbox.control.forget();
  const child = spawn(resolve(import.meta.dirname, "../../cli/fleet"), ["status", "--json"], {
    cwd: sandbox.dir,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      ...sandbox.connection,
      PROXMOX_VE_API_TOKEN: sandbox.emulator.readOnlyToken,
    },
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const code = await new Promise<number>((done) => child.on("close", (ended) => done(ended ?? -1)));
  const requests = await sandbox.control.requests();
  expect(new Set(requests.map(({ method, status }) => `${method} ${status}`))).toEqual(new Set(["GET 200"]));
  const report = JSON.parse(text) as StatusReport;
  return { code, report, found: report.findings.map(({ vm, kind, path }) => `${vm} ${kind} ${path ?? ""}`) };
}

const waits = [
  "devvm waiting options.scsihw",
  "devvm waiting drives.scsi0.aio",
  "devvm waiting drives.scsi0.iothread",
];

async function up(): Promise<void> {
  const run = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(run.code, run.output).toBe(0);
}

test("before the first up everything that up would write is found", async () => {
  const { code, found } = await status();
  expect(code).toBe(2);
  expect(found).toEqual([
    "devvm drifted options.scsihw",
    "devvm drifted drives.scsi0.aio",
    "devvm drifted drives.scsi0.iothread",
    "k8s-node5 drifted drives.scsi0.mbps_rd",
    "k8s-node5 drifted drives.scsi0.mbps_wr",
    "k8s-node5 uncapped ",
    "k8s-node6 drifted options.onboot",
    "k8s-node6 zombie-onboot ",
  ]);
});

test("after up it says what waits for devvm, and nothing else", async () => {
  await up();
  const { code, found, report } = await status();
  expect([code, found]).toEqual([2, waits]);
  const outputs = await sandbox.pulumi(["stack", "output", "waiting", "--json"]);
  const { devvm } = JSON.parse(outputs.stdout) as { devvm: string[] };
  expect(report.findings.map(({ message }) => message.split("  [")[0])).toEqual(devvm);
});

test("a hand edit is found, and after another up it is gone", async () => {
  const { scsi0 = "" } = (await sandbox.control.vm(202)).config;
  await sandbox.control.act(202, "edit", { scsi0: scsi0.replace("mbps_wr=120", "mbps_wr=500") });
  const edited = await status();
  expect([edited.code, edited.found]).toEqual([2, [...waits, "k8s-node2 drifted drives.scsi0.mbps_wr"]]);
  await sandbox.control.forget();
  await up();
  expect((await sandbox.control.writes()).map(({ method, path }) => `${method} ${path}`)).toEqual([
    "PUT /nodes/pve/qemu/202/config",
  ]);
  expect((await status()).found).toEqual(waits);
});

test("a reboot inside the guest changes nothing of what waits; a stop and start makes it clean", async () => {
  await sandbox.control.act(102, "guest-reboot");
  expect((await status()).found).toEqual(waits);
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/stop");
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/start");
  const { code, report } = await status();
  expect([code, report.findings]).toEqual([0, []]);
  expect(report.summary).toMatchObject({ vms: 13, inSync: 13, templates: 3 });
});
