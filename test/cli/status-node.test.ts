import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { StatusReport } from "../../cli/status/report.ts";
import { productionStack, stackOf, withFleet } from "../e2e/fleet-file.ts";
import { checkout, readOnly } from "./fleet-run.ts";
import { declaredEstate, incidentSeed } from "./incident.ts";
import { folderWithStack } from "./stacks.ts";
import { StatusRig } from "./status-rig.ts";

let rig: StatusRig;
afterEach(() => rig.close());

const guide = () => readFileSync(resolve(checkout, "docs/status.md"), "utf8");

const found = ({ findings }: StatusReport) =>
  findings.map(({ vmid, kind, path, slot }) => [vmid, kind, path ?? slot].filter((one) => one !== undefined));

test("on the incident's estate what is not as declared, uncapped or a zombie is found, and nothing else", async () => {
  rig = await StatusRig.start(incidentSeed());
  const { code, report, stderr } = await rig.status();
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
    line: 24,
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
  rig = await StatusRig.start(incidentSeed());
  await rig.status();
  const requests = await rig.control.requests();
  expect(new Set(requests.map(({ method, status }) => `${method} ${status}`))).toEqual(new Set(["GET 200"]));
  const paths = requests.map(({ path }) => path);
  expect(paths.filter((path) => path === "/cluster/resources")).toHaveLength(1);
  expect(paths.filter((path) => path.endsWith("/pending"))).toHaveLength(13);
  expect(paths.filter((path) => path.endsWith("/status/current"))).toHaveLength(11 + 1);
  expect(paths).toHaveLength(1 + 13 + 12);
});

test("an estate as declared is clean, and foreign drives and what is left for them are told", async () => {
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  const { code, report } = await rig.status();
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
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  await rig.control.attach(203, "scsi3", "local-lvm:vm-9999-pvc-new,backup=0,iothread=1,size=5G");
  const { code, report } = await rig.status(["k8s-node3"]);
  expect(code).toBe(0);
  expect(report.vms).toMatchObject([{ foreignDrives: 4, foreignSlots: { declared: 29, left: 25 } }]);
});

test("a hand edit is found as exactly the key that it changed", async () => {
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  const { scsi0 = "" } = (await rig.control.vm(202)).config;
  await rig.control.act(202, "edit", {
    scsi0: scsi0.replace("mbps_wr=120", "mbps_wr=500"),
    description: "mine",
  });
  const { code, report } = await rig.status();
  expect(code).toBe(2);
  expect(report.findings).toEqual([
    {
      kind: "drifted",
      vm: "k8s-node2",
      vmid: 202,
      line: 76,
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
  rig = await StatusRig.start(incidentSeed());
  const cwd = folderWithStack(stackOf({ master: { vmid: 200, cloudInit: { user: "ubuntu" } } }));
  const before = await rig.status(["master"], { cwd });
  expect([before.code, before.report.vms[0]?.unseen]).toEqual([0, ["options.ciuser"]]);
  await rig.control.act(200, "edit", { ciuser: "root" });
  const { code, report } = await rig.status(["master"], { cwd });
  expect(code).toBe(2);
  expect(report.findings.map(({ message }) => message)).toEqual([
    "options.ciuser: root => ubuntu  [pulumi up would write it; the edit is in the config at once, while QEMU goes on with what it was started with, unless it was restarted since: no API shows it]",
  ]);
});

test("a lock, a text that cannot be read and a slot that cannot be written are findings", async () => {
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  await rig.control.act(103, "edit", { lock: "backup" });
  await rig.control.act(220, "edit", { scsi0: "local-lvm:vm-220-disk-0,mbps_rd=40,mbps_rd=50,size=64G" });
  await rig.control.act(204, "edit", { scsi0: "local-lvm:vm-9999-disk-0,size=256G" });
  const { code, report } = await rig.status();
  expect(code).toBe(2);
  expect(found(report)).toEqual([
    [103, "locked"],
    [204, "problem", "drives.scsi0"],
    [220, "problem", "drives.scsi0"],
  ]);
  expect(report.findings.map(({ message }) => message)).toEqual([
    "Proxmox has it locked (backup), and pulumi up could not write",
    expect.stringContaining("the volume in the slot is not of VM 204 (got local-lvm:vm-9999-disk-0)"),
    expect.stringContaining("a line that Proxmox cannot read is in no answer"),
  ]);
});

test("undeclared, missing and uncreated VMs are findings, templates are not", async () => {
  rig = await StatusRig.start(incidentSeed());
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
  const { code, report } = await rig.status([], { cwd });
  expect(code).toBe(2);
  const kinds = Object.fromEntries(
    report.vms.map(({ vmid, status, kinds }) => [vmid, [status, ...Object.keys(kinds)]]),
  );
  expect(kinds).toEqual({
    101: ["running", "unmanaged", "uncapped"],
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
    300: ["running", "unmanaged", "uncapped"],
    1000: ["template"],
    1001: ["template"],
    2000: ["template"],
  });
});

test("an exemption that has expired exempts nothing", async () => {
  rig = await StatusRig.start(incidentSeed(declaredEstate));
  const { report } = await rig.status(["pfsense"], { now: () => new Date("2028-01-01T00:00:00Z") });
  expect(found(report)).toEqual([[101, "uncapped", "scsi0"]]);
  expect(report.findings[0]?.message).toContain("its exemption expired on 2027-12-31");
  const without = await rig.status(["pfsense"], {
    env: { ...readOnly(rig.emulator), PROXMOX_FLEET_NO_EXEMPTIONS: "1" },
  });
  expect(found(without.report)).toEqual([[101, "uncapped", "scsi0"]]);
});

test("named VMs alone are read, by key, vmid or name, each once; a declared one need not exist", async () => {
  rig = await StatusRig.start(incidentSeed());
  const cwd = folderWithStack(withFleet(productionStack(), [["vms.gone", { vmid: 150 }]]));
  const { report } = await rig.status(["devvm", "102", "gone", "Windows10", "ubuntu-2404-cloudinit"], {
    cwd,
  });
  expect(report.vms.map(({ vmid }) => vmid)).toEqual([102, 150, 300, 1000]);
  expect((await rig.control.requests()).map(({ path }) => path).toSorted()).toEqual([
    // Whether the one that no node shows is gone, or is not shown to this token.
    "/cluster/nextid",
    "/cluster/resources",
    "/nodes/pve/qemu/102/pending",
    "/nodes/pve/qemu/102/status/current",
    "/nodes/pve/qemu/300/pending",
    "/nodes/pve/qemu/300/status/current",
  ]);
  const wrong = await rig.status(["devvn", "999"], { cwd });
  expect([wrong.code, wrong.stdout]).toEqual([1, ""]);
  expect(wrong.stderr).toMatch(/^devvn: no such VM .+\n999: no such VM \(got vmid 999\).+\n$/);
});

test("the table is for people: a line for each VM, findings, what to do, no colour", async () => {
  rig = await StatusRig.start(incidentSeed());
  await rig.control.act(300, "edit", { name: "win\u001b[2J" });
  const { code, stdout, stderr } = await rig.table();
  expect([code, stderr]).toEqual([2, ""]);
  expect(stdout).toMatch(/^VMID +VM +NODE +STATUS +SUMMARY\n 101 +pfsense +pve +running +in sync\n/);
  expect(stdout).not.toContain("\u001b");
  const coloured = await rig.table([], { colour: true });
  expect(coloured.stdout).toContain("\u001b[31m3 drifted\u001b[39m");
});

test("docs/status.md shows what is really printed", async () => {
  rig = await StatusRig.start(incidentSeed());
  const { stdout } = await rig.table();
  expect(guide()).toContain(stdout.replace(rig.emulator.endpoint, "https://pve.example.org:8006"));
});
