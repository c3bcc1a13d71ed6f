import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EngineRun } from "../../demo/sandbox.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import type { Seed } from "../../emulator/seed.ts";
import { documentedAcls, without } from "../provider/roles-of-docs.ts";
import { stackOf } from "./fleet-file.ts";

/** Real runs with exactly the privileges that docs/security.md tells operators to give. */

const up = ["up", "--yes", "--skip-preview"];
const check = ["preview", "--refresh", "--expect-no-changes"];
/** Leaves out what the official provider reads, as docs/security.md says. */
const ours = ["--exclude", "**VmLegacy::*"];
const adopted = {
  vmid: 202,
  description: "ours",
  drives: { scsi0: { caps: { readMiBps: 150, writeMiBps: 120 } } },
};
const web = {
  vmid: 150,
  create: { blank: { datastore: "local-lvm" } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  nics: { net0: { bridge: "vmbr1", vlan: 20 } },
  drives: { scsi0: { sizeGiB: 8, caps: { readMiBps: 80, writeMiBps: 60 } } },
};
const creator = { ...documentedAcls.writer([202]), ...documentedAcls.creator(150) };
/** What making a VM asks for, and what the official provider says without it. */
const needed = [
  "VM.Allocate",
  "VM.Config.Disk",
  "VM.Config.HWType",
  "Datastore.AllocateSpace",
  "SDN.Use",
  // Last: the VM is made, and then not started.
  "VM.PowerMgmt",
];
const acls: Readonly<Record<string, Record<string, string[]>>> = {
  audit: documentedAcls.audit(),
  writer: documentedAcls.writer([150, 202]),
  creator,
  ...Object.fromEntries(needed.map((one) => [nameWithout(one), without(creator, one)])),
};

let dir: string;
let seed: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "fleet-roles-"));
  seed = join(dir, "seed.json");
  const estate = JSON.parse(
    readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
  ) as Seed;
  const tokens = Object.entries(acls).map(([name, acl]) => ({ id: `fleet@pve!${name}`, secret: "s", acl }));
  writeFileSync(seed, JSON.stringify({ ...estate, tokens }));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function nameWithout(privilege: string): string {
  return `no-${privilege.replace(/\W/g, "-")}`;
}

function run(sandbox: Sandbox, role: string, args: readonly string[]): Promise<EngineRun> {
  return sandbox.pulumi(args, { PROXMOX_VE_API_TOKEN: `fleet@pve!${role}=s` });
}

test("creator makes, writer changes, audit checks and cannot write, each with its documented privileges alone", async () => {
  await using sandbox = await Sandbox.open({ seed, stackFile: stackOf({ web, adopted }) });
  const { control } = sandbox;
  const made = await run(sandbox, "creator", up);
  expect(made.code, made.output).toBe(0);

  await control.forget();
  // Proxmox tells of a VM's volume only who may change its disks, and that is what the official provider asks.
  const reads = await run(sandbox, "audit", check);
  expect(reads.code).not.toBe(0);
  expect(reads.output).toContain("Permission check failed (/vms/150, VM.Config.Disk)");
  await control.forget();
  for (const args of [["preview"], ["preview", "--diff", "--refresh", ...ours], [...check, ...ours]]) {
    const checked = await run(sandbox, "audit", args);
    expect(checked.code, checked.output).toBe(0);
  }
  expect((await control.requests()).filter(({ status }) => status !== 200)).toEqual([]);
  expect(await control.writes()).toEqual([]);

  for (const vmid of [150, 202]) {
    const { scsi0 = "" } = (await control.vm(vmid)).config;
    await control.act(vmid, "edit", { scsi0: scsi0.replace(/mbps_wr=\d+/, "mbps_wr=5") });
  }
  const before = [await control.vm(150), await control.vm(202)];
  const drift = await run(sandbox, "audit", [...check, ...ours]);
  expect(drift.code).not.toBe(0);
  expect(drift.output).toContain("drives.scsi0.mbps_wr: 5 => 120");
  const refused = await run(sandbox, "audit", up);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toMatch(
    /VM 202: PUT .*: Proxmox does not allow it \(got 403\);.*VM\.Config\.Disk.* on \/vms\/202/,
  );
  expect(new Set((await control.writes()).map(({ status }) => status))).toEqual(new Set([403]));
  expect([await control.vm(150), await control.vm(202)]).toEqual(before);

  await control.forget();
  const repaired = await run(sandbox, "writer", [...up, "--refresh"]);
  expect(repaired.code, repaired.output).toBe(0);
  const writes = await control.writes();
  expect(writes.map(({ method, path, status }) => `${method} ${path} ${status}`).sort()).toEqual([
    "PUT /nodes/pve/qemu/150/config 200",
    "PUT /nodes/pve/qemu/202/config 200",
  ]);
});

test("without a privilege that making a VM asks for, the run fails, and names it where Proxmox does", async () => {
  await using sandbox = await Sandbox.open({ seed, stackFile: stackOf({ web }) });
  for (const privilege of needed) {
    const failed = await run(sandbox, nameWithout(privilege), up);
    expect(failed.code, privilege).not.toBe(0);
    // Of this one privilege Proxmox itself says no more.
    const named = privilege === "VM.Allocate" ? "Permission check failed" : privilege;
    expect(failed.output).toContain(named);
  }
});
