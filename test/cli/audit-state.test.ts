import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AuditReport } from "../../cli/audit/report.ts";
import { fleet } from "./fleet-run.ts";

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), "fleet-state-"));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const disk = { interface: "scsi0", datastoreId: "local-lvm", size: 8, aio: "threads", iothread: true };
const handWritten = {
  urn: "urn:pulumi:prod::proxmox-fleet::proxmoxve:index/vmLegacy:VmLegacy::by-hand",
  type: "proxmoxve:index/vmLegacy:VmLegacy",
  custom: true,
  protect: true,
  inputs: {
    vmId: 150,
    nodeName: "pve",
    scsiHardware: "lsi",
    rebootAfterUpdate: false,
    deleteUnreferencedDisksOnDestroy: false,
    disks: [{ ...disk, speed: { read: 60, write: 60 } }],
  },
};
const bucket = {
  urn: "urn:pulumi:prod::proxmox-fleet::aws:s3/bucket:Bucket::logs",
  type: "aws:s3/bucket:Bucket",
  inputs: {},
};

async function auditOf(content: unknown): Promise<{ code: number; stdout: string; stderr: string }> {
  writeFileSync(join(cwd, "state.json"), typeof content === "string" ? content : JSON.stringify(content));
  return fleet(["audit", "--policy", "--json", "--state", "state.json"], { cwd });
}

const stateOf = (...resources: object[]) => ({ version: 3, deployment: { manifest: {}, resources } });

test("a hand-written VmLegacy on lsi is found in an exported state, and other resources are none of ours", async () => {
  const { code, stdout, stderr } = await auditOf(stateOf(bucket, handWritten));
  const { source, vms, findings } = JSON.parse(stdout) as AuditReport;
  expect([code, stderr, source]).toEqual([2, "", "state.json"]);
  expect(vms).toEqual([{ name: "by-hand", vmid: 150, template: false, foreignDrives: 0 }]);
  const [lsi] = findings.filter(({ rule }) => rule === "no-lsi-controller");
  expect(lsi?.message).toBe("scsihw of by-hand must be a virtio controller (got lsi)");
});

test("protection and ignored changes are read from the state", async () => {
  const rulesOf = async (resource: object) =>
    (JSON.parse((await auditOf(stateOf(resource))).stdout) as AuditReport).findings.map(({ rule }) => rule);
  expect(await rulesOf(handWritten)).not.toContain("vm-is-protected");
  expect(await rulesOf({ ...handWritten, protect: false })).toContain("vm-is-protected");
  expect(await rulesOf(handWritten)).toContain("official-vm-only-creates");
  const ignoring = { ...handWritten, ignoreChanges: Object.keys(handWritten.inputs) };
  expect(await rulesOf(ignoring)).not.toContain("official-vm-only-creates");
});

test("a replaced resource that waits to be destroyed is not judged", async () => {
  const { code, stdout } = await auditOf(stateOf({ ...handWritten, delete: true }));
  expect(code).toBe(0);
  expect((JSON.parse(stdout) as AuditReport).vms).toEqual([]);
});

test.each([
  ["not json", /^state\.json: cannot be read as JSON \(got .+\); allowed is what pulumi stack export/],
  ["[]", /^state\.json: is no exported state \(got the file: .+\); allowed is what pulumi stack export/],
  [
    { version: 3, deployment: { resources: [{ type: "x" }] } },
    /^state\.json: is no exported state \(got deployment\.resources\.0\.urn: /,
  ],
])("%j is refused as a state", async (content, message) => {
  const { code, stdout, stderr } = await auditOf(content);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(message);
});

test("other settings hold in place of the pack's, and a mistake in them is an error", async () => {
  const settings = (text: string) => {
    writeFileSync(join(cwd, "settings.yaml"), text);
    return fleet(
      [
        "audit",
        "--policy",
        "--json",
        "--state",
        "state.json",
        "--settings",
        "settings.yaml",
        "--no-exemptions",
      ],
      { cwd },
    );
  };
  await auditOf(stateOf({ ...handWritten, ignoreChanges: Object.keys(handWritten.inputs) }));
  const advisory = await settings("no-lsi-controller: { enforcementLevel: advisory }\n");
  expect(
    (JSON.parse(advisory.stdout) as AuditReport).findings.map(({ rule, level }) => [rule, level]),
  ).toEqual([
    ["no-lsi-controller", "advisory"],
    ["iothread-needs-virtio-scsi-single", "mandatory"],
  ]);
  const mistaken = await settings("no-lsi: { enforcementLevel: advisory }\n");
  expect([mistaken.code, mistaken.stdout]).toEqual([1, ""]);
  expect(mistaken.stderr).toContain("settings.yaml:1: no-lsi");
});
