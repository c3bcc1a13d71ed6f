import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AuditReport } from "../../cli/audit/report.ts";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { checkout, fleet, readOnly } from "./fleet-run.ts";

const incident = JSON.parse(readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8")) as Seed;

/** A folder without a stack file. */
let elsewhere: string;
beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), "fleet-audit-"));
});
afterAll(() => rmSync(elsewhere, { recursive: true }));

const mandatory = ({ findings }: AuditReport) =>
  findings
    .filter(({ level, exempted }) => level === "mandatory" && exempted === undefined)
    .map(({ vmid, rule, slot, message, holds }) => [vmid, rule, slot, message, ...(holds ? [holds] : [])]);

describe("on the incident's estate", () => {
  let emulator: Emulator;
  let control: Control;
  beforeEach(async () => {
    emulator = await startEmulator({ seed: incident });
    control = new Control(emulator.controlUrl);
  });
  afterEach(() => emulator.close());

  const report = async (...more: string[]): Promise<{ code: number; report: AuditReport }> => {
    const { code, stdout } = await fleet(["audit", "--policy", "--json", ...more], {
      env: readOnly(emulator),
    });
    return { code, report: JSON.parse(stdout) as AuditReport };
  };

  test("the incident's VM, the VM without caps and the zombie are named, and nothing else is", async () => {
    const { code, report: found } = await report();
    expect(code).toBe(2);
    expect(mandatory(found)).toEqual([
      [
        102,
        "no-lsi-controller",
        undefined,
        "scsihw of devvm must be a virtio controller (got nothing, which is lsi in Proxmox)",
      ],
      [102, "drive-has-iothread", "scsi0", "iothread of devvm scsi0 must be on (got nothing)"],
      [102, "aio-is-explicit", "scsi0", "aio of devvm scsi0 must be declared (got nothing)"],
      [
        205,
        "drive-has-caps",
        "scsi0",
        "reads and writes of k8s-node5 scsi0 must be capped (got mbps_rd absent, mbps_wr absent)",
      ],
      [206, "no-zombie-onboot", undefined, "onboot of k8s-node6 must be off while it is stopped (got 1)"],
    ]);
    expect(found.summary).toEqual({
      vms: 13,
      templates: 3,
      foreignDrives: 26,
      unread: 0,
      mandatory: 5,
      advisory: 5,
      exempted: 27,
    });
  });

  test("it only reads: the list of VMs, and two GET requests for each that is no template", async () => {
    await report();
    const requests = await control.requests();
    expect(new Set(requests.map(({ method, status }) => `${method} ${status}`))).toEqual(
      new Set(["GET 200"]),
    );
    expect(requests).toHaveLength(1 + 2 * 13);
    expect(await control.unknown()).toEqual([]);
  });

  test("without exemptions every exempted finding counts", async () => {
    const { code, report: found } = await report("--no-exemptions");
    expect(code).toBe(2);
    expect(found.summary).toMatchObject({ mandatory: 5 + 27, exempted: 0 });
    const { stdout } = await fleet(["audit", "--policy", "--json"], {
      env: { ...readOnly(emulator), PROXMOX_FLEET_NO_EXEMPTIONS: "1" },
    });
    expect((JSON.parse(stdout) as AuditReport).findings).toEqual(found.findings);
  });

  test("an expired exemption is a finding that says when it expired", async () => {
    const { stdout } = await fleet(["audit", "--policy", "--json"], {
      env: readOnly(emulator),
      now: () => new Date("2027-07-01T00:00:00Z"),
    });
    const found = (JSON.parse(stdout) as AuditReport).findings.find(
      ({ vmid, rule }) => vmid === 200 && rule === "drive-has-iothread",
    );
    expect(found?.exempted).toBeUndefined();
    expect(found?.message).toContain("its exemption expired on 2027-06-30");
  });

  test("what waits for a stop and start is told apart from what stays", async () => {
    const patched = structuredClone(incident);
    const devvm = patched.vms.find(({ vmid }) => vmid === 102);
    if (devvm === undefined) throw new Error("the seed has no VM 102");
    devvm.pending = {
      scsihw: "virtio-scsi-single",
      scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,size=100G,ssd=1",
    };
    await emulator.close();
    emulator = await startEmulator({ seed: patched });
    const { code, report: found } = await report();
    expect(code).toBe(2);
    const of102 = mandatory(found).filter(([vmid]) => vmid === 102);
    expect(of102.map(([, rule, , , holds]) => [rule, holds])).toEqual([
      ["no-lsi-controller", "until the next start"],
      ["drive-has-iothread", "until the next start"],
      ["aio-is-explicit", "until the next start"],
      ["drive-has-caps", "from the next start"],
    ]);
  });

  test("the table is for people: findings by VM, what to do, no colour", async () => {
    const { stdout, stderr } = await fleet(["audit", "--policy"], { env: readOnly(emulator) });
    expect(stdout).toContain("102 devvm, running on pve, Pulumi.prod.yaml:");
    expect(stdout).toContain("no-lsi-controller: Declare `controller: virtio-scsi-single`");
    expect(stdout).toMatch(
      /drive-has-caps: pfsense scsi0, Windows10 scsi0 \(until 2027-12-31, infrastructure: /,
    );
    expect(stdout.split("\n").slice(-3)).toEqual([
      expect.stringMatching(/13 VMs judged, 3 templates listed only, 26 drives of other owners left alone$/),
      "5 mandatory, 5 advisory, 27 exempted",
      "",
    ]);
    expect(stdout).not.toContain("\u001b");
    expect(stderr).toBe(`fleet audit: reads 13 VMs from ${emulator.endpoint}\n`);
    const coloured = await fleet(["audit", "--policy"], { env: readOnly(emulator), colour: true });
    expect(coloured.stdout).toContain("\u001b[31mmandatory\u001b[39m");
  });

  test("docs/audit.md shows what is really printed", async () => {
    const { stdout } = await fleet(["audit", "--policy"], { env: readOnly(emulator) });
    const guide = readFileSync(resolve(checkout, "docs/audit.md"), "utf8");
    expect(guide).toContain(stdout.replace(emulator.endpoint, "https://pve.example.org:8006"));
  });

  test("a VM that takes an exempted one's name is judged, a declared one keeps its exemption under any name", async () => {
    await control.act(205, "edit", { name: "pfsense" });
    await control.act(101, "edit", { name: "renamed" });
    const { report: found } = await report();
    const capless = found.findings.filter(
      ({ rule, vmid }) => rule === "drive-has-caps" && [101, 205].includes(vmid ?? 0),
    );
    expect(capless.map(({ vmid, exempted }) => [vmid, exempted !== undefined])).toEqual([
      [101, true],
      [205, false],
    ]);
  });

  test("a VM that no entry declares is exempted by its vmid alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fleet-exempt-"));
    const text = readFileSync(resolve(checkout, "Pulumi.prod.yaml"), "utf8");
    writeFileSync(join(folder, "Pulumi.prod.yaml"), text.replace(/^ {6}pfsense:\n(?: {8}.*\n)+/m, ""));
    const { stdout } = await fleet(["audit", "--policy", "--json"], { cwd: folder, env: readOnly(emulator) });
    rmSync(folder, { recursive: true });
    const { findings, unusedExemptions } = JSON.parse(stdout) as AuditReport;
    expect(findings.filter(({ vmid }) => vmid === 101).map(({ exempted }) => exempted)).not.toContainEqual(
      expect.anything(),
    );
    expect(
      unusedExemptions.filter(({ exemption }) => exemption.vm === "pfsense").map(({ why }) => why),
    ).toEqual(Array(3).fill("VM 101 of this name is not declared, so that 101 names it"));
  });

  test("a text that would act upon the terminal is spelled out", async () => {
    const path = "/nodes/pve/qemu/103/**";
    await control.fault({ method: "GET", path, action: "fail", status: 595, message: "no \u001b[2J route" });
    const { stdout } = await fleet(["audit", "--policy"], { env: readOnly(emulator) });
    expect(stdout).toContain("no \\u001b[2J route");
    expect(stdout).not.toContain("\u001b");
  });

  test("a VM whose node does not answer is told, the others are judged, and the audit fails", async () => {
    const path = "/nodes/pve/qemu/103/**";
    await control.fault({ method: "GET", path, action: "fail", status: 595, message: "no route" });
    const { code, report: found } = await report();
    expect(code).toBe(1);
    expect(found.unread).toEqual([
      { vmid: 103, name: "home-assistant", reason: expect.stringContaining("Proxmox answers 595") },
    ]);
    expect(mandatory(found)).toHaveLength(5);
  });

  test("a VM that is declared and that the token is not shown fails the audit", async () => {
    const partial = structuredClone(incident);
    partial.vms = partial.vms.filter(({ vmid }) => vmid !== 220);
    await emulator.close();
    emulator = await startEmulator({ seed: partial });
    const { code, report: found } = await report();
    expect(code).toBe(1);
    expect(found.unread.map(({ vmid, reason }) => [vmid, reason.replace(/:\d+:/, ":LINE:")])).toEqual([
      [
        220,
        "Pulumi.prod.yaml:LINE: docker-registry is declared, and the cluster does not list it (got no VM 220); allowed is a VM that exists and that the token may see (VM.Audit); correct the entry, or the token's role",
      ],
    ]);
  });

  test("a token that sees no VM has not found a clean cluster", async () => {
    const blind = { id: "blind@pve!audit", secret: "0badc0de", acl: { "/": ["Sys.Audit"] } };
    await emulator.close();
    emulator = await startEmulator({ seed: { ...incident, tokens: [blind] } });
    const env = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: `${blind.id}=${blind.secret}` };
    const { code, stdout, stderr } = await fleet(["audit", "--policy"], { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("the token sees no VM (got none)");
  });

  test("a wrong token is one error without its value", async () => {
    const env = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: "fleet@pve!audit=0badc0de" };
    const { code, stdout, stderr } = await fleet(["audit", "--policy"], { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      "GET /cluster/resources: Proxmox rejects the API token (got 401); allowed is user@realm!name=secret of a token that exists and is not expired; check PROXMOX_VE_API_TOKEN\n",
    );
  });

  test("a node that cannot be reached is one error", async () => {
    const env = readOnly(emulator);
    await control.fault({ path: "/**", action: "drop-before" });
    const { code, stdout, stderr } = await fleet(["audit", "--policy"], { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`Proxmox at ${emulator.endpoint}: no answer to GET /cluster/resources`);
  });
});

test("a sound VM is no finding: exit code 0", async () => {
  const seed: Seed = {
    nodes: incident.nodes,
    storages: incident.storages,
    vms: [
      {
        vmid: 100,
        running: true,
        config: {
          name: "sound",
          scsihw: "virtio-scsi-single",
          scsi0: "local-lvm:vm-100-disk-0,aio=threads,iothread=1,mbps_rd=60,mbps_wr=60,size=8G",
          serial0: "socket",
          onboot: 1,
        },
      },
    ],
  };
  const emulator = await startEmulator({ seed });
  try {
    const { code, stdout } = await fleet(["audit", "--policy", "--json"], {
      env: readOnly(emulator),
      cwd: elsewhere,
    });
    const report = JSON.parse(stdout) as AuditReport;
    expect(report.findings).toEqual([]);
    expect(code).toBe(0);
    const [vm] = report.vms;
    expect(vm).toEqual({
      vmid: 100,
      name: "sound",
      node: "pve",
      status: "running",
      template: false,
      foreignDrives: 0,
    });
  } finally {
    await emulator.close();
  }
});
