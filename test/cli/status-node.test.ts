import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { StatusReport } from "../../cli/status/report.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { productionStack, stackOf, withFleet } from "../e2e/fleet-file.ts";
import { checkout, fleet, readOnly } from "./fleet-run.ts";
import { declaredEstate, incidentSeed, standing } from "./incident.ts";
import { folderWithStack } from "./stacks.ts";

let emulator: Emulator | undefined;
let control: Control;
afterEach(async () => {
  expect(await control.unknown()).toEqual([]);
  await emulator?.close();
  emulator = undefined;
});

async function start(seed: Seed): Promise<Emulator> {
  emulator = await startEmulator({ seed, clock: () => 0 });
  control = new Control(emulator.controlUrl);
  return emulator;
}

async function status(names: readonly string[] = [], over: Partial<Surroundings> = {}) {
  if (emulator === undefined) throw new Error("no emulator");
  const run = await fleet(["status", "--json", ...names], { env: readOnly(emulator), ...standing, ...over });
  return { ...run, report: (run.stdout === "" ? undefined : JSON.parse(run.stdout)) as StatusReport };
}

const guide = () => readFileSync(resolve(checkout, "docs/status.md"), "utf8");

const found = ({ findings }: StatusReport) =>
  findings.map(({ vmid, kind, path, slot }) => [vmid, kind, path ?? slot].filter((one) => one !== undefined));

test("on the incident's estate what is not as declared, uncapped or a zombie is found, and nothing else", async () => {
  await start(incidentSeed());
  const { code, report, stderr } = await status();
  expect([code, stderr]).toEqual([2, ""]);
  expect(found(report)).toEqual([
    [102, "drifted", "options.scsihw"],
    [102, "drifted", "drives.scsi0.aio"],
    [102, "drifted", "drives.scsi0.iothread"],
    [205, "drifted", "drives.scsi0.mbps_rd"],
    [205, "drifted", "drives.scsi0.mbps_wr"],
    [205, "uncapped", "scsi0"],
    [206, "drifted", "options.onboot"],
    [206, "zombie-onboot"],
  ]);
  expect(report.findings[0]).toEqual({
    kind: "drifted",
    vm: "devvm",
    vmid: 102,
    line: 25,
    slot: "scsihw",
    path: "options.scsihw",
    declared: "virtio-scsi-single",
    effect: "cold",
    message:
      "options.scsihw: (absent) => virtio-scsi-single  [pulumi up would write it; cold: waits for a stop and start]",
  });
  expect(report.summary).toEqual({
    vms: 13,
    inSync: 10,
    templates: 3,
    foreignDrives: 26,
    unread: 0,
    findings: 8,
    kinds: { drifted: 6, uncapped: 1, "zombie-onboot": 1 },
  });
});

test("it reads the list once, each VM once, and once more each that runs or would be a zombie", async () => {
  await start(incidentSeed());
  await status();
  const requests = await control.requests();
  expect(new Set(requests.map(({ method, status }) => `${method} ${status}`))).toEqual(new Set(["GET 200"]));
  const paths = requests.map(({ path }) => path);
  expect(paths.filter((path) => path === "/cluster/resources")).toHaveLength(1);
  expect(paths.filter((path) => path.endsWith("/pending"))).toHaveLength(13);
  expect(paths.filter((path) => path.endsWith("/status/current"))).toHaveLength(11 + 1);
  expect(paths).toHaveLength(1 + 13 + 12);
});

test("an estate as declared is clean, and foreign drives and what is left for them are told", async () => {
  await start(incidentSeed(declaredEstate));
  const { code, report } = await status();
  expect([code, report.findings]).toEqual([0, []]);
  expect(report.summary).toMatchObject({ vms: 13, inSync: 13 });
  const node2 = report.vms.find(({ vmid }) => vmid === 202);
  expect(node2).toMatchObject({ foreignDrives: 12, foreignSlots: { declared: 29, left: 17 }, kinds: {} });
  expect(node2?.slots).toContainEqual({ slot: "scsi0", state: "in sync" });
  expect(node2?.slots).toContainEqual({ slot: "scsi12", state: "foreign" });
  expect(report.vms.find(({ vmid }) => vmid === 102)).toMatchObject({
    status: "running",
    qemu: { version: "10.1.2", machine: "pc-i440fx-10.1+pve0", startedAt: "2026-06-11T16:48:31.000Z" },
    keys: { declared: 9, inSync: 9 },
  });
});

test("a CSI disk that comes is one foreign drive more, and no finding", async () => {
  await start(incidentSeed(declaredEstate));
  await control.attach(203, "scsi3", "local-lvm:vm-9999-pvc-new,backup=0,iothread=1,size=5G");
  const { code, report } = await status(["k8s-node3"]);
  expect(code).toBe(0);
  expect(report.vms).toMatchObject([{ foreignDrives: 4, foreignSlots: { declared: 29, left: 25 } }]);
});

test("what waits as declared is told with the command that makes it true", async () => {
  const pending = {
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
  };
  await start(incidentSeed({ ...declaredEstate, 102: { pending } }));
  const { code, report } = await status();
  expect(code).toBe(2);
  expect(report.findings.map(({ vm, kind, message }) => [vm, kind, message])).toEqual([
    [
      "devvm",
      "waiting",
      "options.scsihw: (absent) => virtio-scsi-single  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
    [
      "devvm",
      "waiting",
      "drives.scsi0.aio: (absent) => threads  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
    [
      "devvm",
      "waiting",
      "drives.scsi0.iothread: (absent) => 1  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
  ]);
  expect(report.vms.find(({ vmid }) => vmid === 102)?.keys).toEqual({ declared: 9, inSync: 6 });
  const table = await fleet(["status", "devvm"], { env: readOnly(emulator as Emulator), ...standing });
  const [block = ""] = /^102 devvm, .+(?:\n .+)+/m.exec(table.stdout) ?? [];
  expect(block.split("\n")).toHaveLength(4);
  expect(guide()).toContain(block);
});

test("another stack is named in the command", async () => {
  await start(incidentSeed({ 102: { pending: { cores: 8 } } }));
  const cwd = folderWithStack(stackOf({ devvm: { vmid: 102, cpu: { cores: 8 } } }), "test");
  const { report } = await status(["devvm", "--stack", "test"], { cwd });
  expect(report.findings[0]?.message).toContain(": npx fleet restart devvm --stack test]");
});

test("what other hands left pending is told: over a declared key, and on keys that nobody declared", async () => {
  await start(
    incidentSeed({
      ...declaredEstate,
      200: { pending: { scsihw: "pvscsi", cpu: "x86-64-v2-AES" }, delete: ["agent"] },
    }),
  );
  const { code, report } = await status();
  expect(code).toBe(2);
  expect(report.findings.map(({ kind, message }) => [kind, message])).toEqual([
    [
      "drifted",
      "options.scsihw: virtio-scsi-pci (then pvscsi) => virtio-scsi-pci  [QEMU runs what is declared, and another value waits: pulumi up would take it back]",
    ],
    [
      "waiting-undeclared",
      "options.agent: 1 => (absent)  [not declared; true from the next cold stop and start]",
    ],
    [
      "waiting-undeclared",
      "options.cpu.cputype: host => x86-64-v2-AES  [not declared; true from the next cold stop and start]",
    ],
  ]);
});

test("a hand edit is found as exactly the key that it changed", async () => {
  await start(incidentSeed(declaredEstate));
  const { scsi0 = "" } = (await control.vm(202)).config;
  await control.act(202, "edit", { scsi0: scsi0.replace("mbps_wr=120", "mbps_wr=500"), description: "mine" });
  const { code, report } = await status();
  expect(code).toBe(2);
  expect(report.findings).toEqual([
    {
      kind: "drifted",
      vm: "k8s-node2",
      vmid: 202,
      line: 81,
      slot: "scsi0",
      path: "drives.scsi0.mbps_wr",
      declared: "120",
      configured: "500",
      effect: "live",
      message: "drives.scsi0.mbps_wr: 500 => 120  [pulumi up would write it; live]",
    },
  ]);
  expect(guide()).toContain(JSON.stringify(report.findings[0], undefined, 2));
});

test("of a key that QEMU shows nobody it is said that the edit is in the config alone", async () => {
  await start(incidentSeed());
  const cwd = folderWithStack(stackOf({ master: { vmid: 200, cloudInit: { user: "ubuntu" } } }));
  const before = await status(["master"], { cwd });
  expect([before.code, before.report.vms[0]?.unseen]).toEqual([0, ["options.ciuser"]]);
  await control.act(200, "edit", { ciuser: "root" });
  const { code, report } = await status(["master"], { cwd });
  expect(code).toBe(2);
  expect(report.findings.map(({ message }) => message)).toEqual([
    "options.ciuser: root => ubuntu  [pulumi up would write it; the edit is in the config at once, while QEMU goes on with what it was started with, unless it was restarted since: no API shows it]",
  ]);
});

test("a lock, a text that cannot be read and a slot that cannot be written are findings", async () => {
  await start(incidentSeed(declaredEstate));
  await control.act(103, "edit", { lock: "backup" });
  await control.act(220, "edit", { scsi0: "local-lvm:vm-220-disk-0,mbps_rd=40,mbps_rd=50,size=64G" });
  await control.act(204, "edit", { scsi0: "local-lvm:vm-9999-disk-0,size=256G" });
  const { code, report } = await status();
  expect(code).toBe(2);
  expect(found(report)).toEqual([
    [103, "locked"],
    [204, "problem", "drives.scsi0"],
    [220, "problem", "drives.scsi0"],
  ]);
  expect(report.findings.map(({ message }) => message)).toEqual([
    "Proxmox has it locked (backup), and pulumi up could not write",
    expect.stringContaining("the volume in the slot is not of VM 204 (got local-lvm:vm-9999-disk-0)"),
    expect.stringContaining("the VM's own text cannot be read"),
  ]);
});

test("undeclared, missing and uncreated VMs are findings, templates are not", async () => {
  await start(incidentSeed());
  const cwd = folderWithStack(
    stackOf({
      devvm: { vmid: 102 },
      gone: { vmid: 150 },
      web: {
        vmid: 160,
        create: { template: { vmid: 1000 } },
        cpu: { cores: 2 },
        memoryMiB: 2048,
        drives: { scsi0: { sizeGiB: 8 } },
      },
    }),
  );
  const { code, report } = await status([], { cwd });
  expect(code).toBe(2);
  const kinds = Object.fromEntries(
    report.vms.map(({ vmid, status, kinds }) => [vmid, [status, ...Object.keys(kinds)]]),
  );
  expect(kinds).toEqual({
    101: ["running", "unmanaged"],
    102: ["running"],
    103: ["running", "unmanaged"],
    105: ["stopped", "unmanaged"],
    150: ["absent", "missing"],
    160: ["absent", "not-created"],
    200: ["running", "unmanaged"],
    201: ["running", "unmanaged"],
    202: ["running", "unmanaged"],
    203: ["running", "unmanaged"],
    204: ["running", "unmanaged"],
    205: ["running", "unmanaged", "uncapped"],
    206: ["stopped", "unmanaged", "zombie-onboot"],
    220: ["running", "unmanaged"],
    300: ["running", "unmanaged"],
    1000: ["template"],
    1001: ["template"],
    2000: ["template"],
  });
});

test("an exemption that has expired exempts nothing", async () => {
  await start(incidentSeed(declaredEstate));
  const { report } = await status(["pfsense"], { now: () => new Date("2028-01-01T00:00:00Z") });
  expect(found(report)).toEqual([[101, "uncapped", "scsi0"]]);
  expect(report.findings[0]?.message).toContain("its exemption expired on 2027-12-31");
  const without = await status(["pfsense"], {
    env: { ...readOnly(emulator as Emulator), PROXMOX_FLEET_NO_EXEMPTIONS: "1" },
  });
  expect(found(without.report)).toEqual([[101, "uncapped", "scsi0"]]);
});

test("named VMs alone are read, by key, vmid or name, each once; a declared one need not exist", async () => {
  await start(incidentSeed());
  const cwd = folderWithStack(withFleet(productionStack(), [["vms.gone", { vmid: 150 }]]));
  const { report } = await status(["devvm", "102", "gone", "Windows10", "ubuntu-2404-cloudinit"], { cwd });
  expect(report.vms.map(({ vmid }) => vmid)).toEqual([102, 150, 300, 1000]);
  expect((await control.requests()).map(({ path }) => path).toSorted()).toEqual([
    "/cluster/resources",
    "/nodes/pve/qemu/102/pending",
    "/nodes/pve/qemu/102/status/current",
    "/nodes/pve/qemu/300/pending",
    "/nodes/pve/qemu/300/status/current",
  ]);
  const wrong = await status(["devvn", "999"], { cwd });
  expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
  expect(wrong.stderr).toMatch(/^devvn: no such VM .+\n999: no such VM \(got vmid 999\).+\n$/);
});

test("a VM whose node does not answer is unread, the rest is told, and it fails", async () => {
  await start(incidentSeed(declaredEstate));
  const path = "/nodes/pve/qemu/103/**";
  await control.fault({ method: "GET", path, action: "fail", status: 595, message: "no route" });
  const { code, report } = await status();
  expect(code).toBe(1);
  expect(report.unread).toEqual([
    { vmid: 103, name: "home-assistant", reason: expect.stringContaining("Proxmox answers 595") },
  ]);
  expect(report.vms.find(({ vmid }) => vmid === 103)?.status).toBe("unread");
  expect(report.summary).toMatchObject({ vms: 13, inSync: 12, unread: 1, findings: 0 });
});

test("a VM that is migrated meanwhile is found where it is", async () => {
  const seed = incidentSeed(declaredEstate);
  const { endpoint, apiToken, caFile } = await start({
    ...seed,
    nodes: [...seed.nodes, { name: "pve2", cores: 8, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] }],
  });
  await control.hold("GET", "/nodes/pve/qemu/105/pending");
  const reading = status(["pbs"]);
  await control.whenHeld();
  const client = new ProxmoxClient({ endpoint, apiToken, ca: readFileSync(caFile, "utf8") });
  await client.post("/nodes/pve/qemu/105/migrate", { target: "pve2", "with-local-disks": "1" });
  await client.close();
  await control.endHolds();
  const { code, report } = await reading;
  expect([code, report.vms]).toMatchObject([0, [{ node: "pve2", declaredNode: "pve", status: "stopped" }]]);
});

test("a VM that was started since the cluster told of it is no zombie", async () => {
  const { endpoint, apiToken, caFile } = await start(incidentSeed());
  await control.hold("GET", "/nodes/pve/qemu/206/pending");
  const reading = status(["k8s-node6"]);
  await control.whenHeld();
  const client = new ProxmoxClient({ endpoint, apiToken, ca: readFileSync(caFile, "utf8") });
  await client.post("/nodes/pve/qemu/206/status/start");
  await client.close();
  await control.endHolds();
  const { report } = await reading;
  expect(report.vms).toMatchObject([{ status: "running", kinds: { drifted: 1 } }]);
});

test("VM.Audit on the VMs is all that it needs", async () => {
  const auditor = { id: "ci@pve!check", secret: "5ec3e7", acl: { "/vms": ["VM.Audit"] } };
  await start({ ...incidentSeed(declaredEstate), tokens: [auditor] });
  const env = { ...readOnly(emulator as Emulator), PROXMOX_VE_API_TOKEN: `${auditor.id}=${auditor.secret}` };
  expect((await status([], { env })).code).toBe(0);
});

test("a token that sees no VM has not found an empty cluster", async () => {
  const blind = { id: "blind@pve!audit", secret: "0badc0de", acl: { "/": ["Sys.Audit"] } };
  await start({ ...incidentSeed(), tokens: [blind] });
  const env = { ...readOnly(emulator as Emulator), PROXMOX_VE_API_TOKEN: `${blind.id}=${blind.secret}` };
  const { code, stdout, stderr } = await status([], { env });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/the token sees no VM \(got none\); allowed is a token whose user has VM\.Audit/);
});

test("a certificate that is not trusted is told with both ways to trust it", async () => {
  await start(incidentSeed());
  const { PROXMOX_VE_CA_FILE: _, ...env } = readOnly(emulator as Emulator);
  const { code, stdout, stderr } = await status([], { env });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/the certificate is not trusted .+PROXMOX_VE_CA_FILE.+PROXMOX_VE_FINGERPRINT\n$/);
});

test("the table is for people: a line for each VM, findings, what to do, no colour", async () => {
  await start(incidentSeed());
  await control.act(300, "edit", { name: "win\u001b[2J" });
  const env = readOnly(emulator as Emulator);
  const { code, stdout, stderr } = await fleet(["status"], { env, ...standing });
  expect([code, stderr]).toEqual([2, ""]);
  expect(stdout).toMatch(/^VMID +VM +NODE +STATUS +SUMMARY\n 101 +pfsense +pve +running +in sync\n/);
  expect(stdout).not.toContain("\u001b");
  const coloured = await fleet(["status"], { env, ...standing, colour: true });
  expect(coloured.stdout).toContain("\u001b[31m3 drifted\u001b[39m");
});

test("docs/status.md shows what is really printed", async () => {
  const { endpoint } = await start(incidentSeed());
  const { stdout } = await fleet(["status"], { env: readOnly(emulator as Emulator), ...standing });
  expect(guide()).toContain(stdout.replace(endpoint, "https://pve.example.org:8006"));
});
