import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import type { Seed } from "../../emulator/seed.ts";
import { documentedAcls } from "../provider/roles-of-docs.ts";
import { rewriteStack, stackOf } from "./fleet-file.ts";

/** Some VMs of a stack cannot be read, or not be written wholly, while the others can. */

const up = ["up", "--yes", "--skip-preview"];
const capped = (vmid: number, writeMiBps: number, more: object = {}) => ({
  ...more,
  vmid,
  drives: { scsi0: { caps: { readMiBps: 150, writeMiBps } } },
});
/** The VMs are 202, 203 and 204, each with this cap. */
const fleetOf = (cap: number, ofTwo: object = {}) => ({
  one: capped(202, cap),
  two: capped(203, cap, ofTwo),
  three: capped(204, cap),
});

let dir: string;
let sandbox: Sandbox;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "fleet-partly-"));
  const estate = JSON.parse(
    readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
  ) as Seed;
  const tokens = [{ id: "fleet@pve!some", secret: "s", acl: documentedAcls.writer([202, 204]) }];
  const seed = join(dir, "seed.json");
  writeFileSync(seed, JSON.stringify({ ...estate, tokens }));
  sandbox = await Sandbox.open({ seed, stackFile: withoutNode(stackOf(fleetOf(120))) });
  const first = await sandbox.pulumi(up);
  expect(first.code, first.output).toBe(0);
});
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await fetch(`${sandbox.emulator.controlUrl}/faults`, { method: "DELETE" });
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

/** Without the fleet's node a VM is looked for in the whole cluster. */
function withoutNode(text: string): string {
  return text.replace(/\bnode: pve,?\s*/, "");
}

function declare(cap: number, ofTwo: object = {}): void {
  rewriteStack(sandbox, fleetOf(cap, ofTwo));
  sandbox.writeStack(withoutNode(sandbox.readStack()));
}

async function caps(): Promise<(string | undefined)[]> {
  const vms = await Promise.all([202, 203, 204].map((vmid) => sandbox.control.vm(vmid)));
  return vms.map(({ config }) => /mbps_wr=(\d+)/.exec(config.scsi0 ?? "")?.[1]);
}

test("of a node that does not answer the VMs stay in the state, the others are changed, and the run fails with the reason", async () => {
  await sandbox.control.fault({
    path: "/nodes/pve/qemu/203/**",
    action: "fail",
    status: 595,
    message: "No route to host",
  });
  const reason =
    /VM 203: its node does not answer, so that nothing is known of it \(got .*595.*\); allowed is a node that is online/;
  const unchanged = await sandbox.pulumi(["preview", "--expect-no-changes"]);
  expect(unchanged.code, unchanged.output).not.toBe(0);
  expect(unchanged.output).toMatch(reason);

  declare(130);
  const run = await sandbox.pulumi(up);
  expect(run.code, run.output).not.toBe(0);
  expect(run.output).toMatch(new RegExp(`error: ${reason.source}`));
  expect(await caps()).toEqual(["130", "120", "130"]);

  await fetch(`${sandbox.emulator.controlUrl}/faults`, { method: "DELETE" });
  const next = await sandbox.pulumi(up);
  expect(next.code, next.output).toBe(0);
  expect(await caps()).toEqual(["130", "130", "130"]);
  const last = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(last.code, last.output).toBe(0);
});

test("a VM that the token does not see is an error that names the privilege, and stays in the state", async () => {
  const token = { PROXMOX_VE_API_TOKEN: "fleet@pve!some=s" };
  for (const args of [["refresh", "--yes", "--skip-preview"], ["preview"], up]) {
    const run = await sandbox.pulumi(args, token);
    expect(run.code, run.output).not.toBe(0);
    expect(run.output).toMatch(
      /error: (?:Preview failed: )?VM 203: the token may not see who has this id .*VM\.Audit on \/vms\/203/,
    );
    expect(run.output).not.toContain("on no node any more");
  }
  const seen = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(seen.code, seen.output).toBe(0);
});

test("a frozen QEMU leaves a cap pending: up says so and fails, and the next one makes it live", async () => {
  await sandbox.control.act(203, "qmp", { status: "silent" });
  declare(140, { description: "ours" });
  const run = await sandbox.pulumi(up);
  expect(run.code, run.output).not.toBe(0);
  expect(run.output).toContain("block_set_io_throttle' failed - got timeout");
  expect(run.output).toMatch(
    /written:\n.*options\.description: .* => ours {2}\[live\]\n *left pending, not in effect .*:\n.*drives\.scsi0\.mbps_wr: 130 => 140 {2}\[live\]/,
  );
  expect(await caps()).toEqual(["140", "130", "140"]);

  await sandbox.control.act(203, "qmp", { status: "running" });
  const next = await sandbox.pulumi(up);
  expect(next.code, next.output).toBe(0);
  expect(await caps()).toEqual(["140", "140", "140"]);
  const last = await sandbox.pulumi([...up, "--expect-no-changes"]);
  expect(last.code, last.output).toBe(0);
});
