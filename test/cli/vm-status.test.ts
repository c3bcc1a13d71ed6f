import { expect, test } from "vitest";
import type { FleetEntry } from "../../cli/stack/fleet-file.ts";
import { statusOf } from "../../cli/status/vm-status.ts";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { declaredEntry } from "../../components/translation/declared-vm.ts";
import { defaultSettings } from "../../policy/settings.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";
import { devvm, vmWith } from "../proxmox/vm.ts";

const judging = {
  standard: { settings: defaultSettings, exemptions: [] },
  today: "2026-11-24",
  restart: "npx fleet restart devvm",
};

function entry(spec: Omit<VmSpec, "vmid">): FleetEntry {
  const whole = { vmid: 102, ...spec };
  return { key: "devvm", spec: whole, declared: declaredEntry("devvm", whole, {}), line: 4 };
}

function status(declared: FleetEntry | undefined, snapshot: VmSnapshot) {
  const live = { node: "pve", status: snapshot.running ? "running" : "stopped", snapshot } as const;
  return statusOf(102, declared, live, judging);
}

const kindsOf = (of: ReturnType<typeof status>) => of.findings.map(({ kind }) => kind);

test("each declared slot has the state of what is worst in it, others are foreign or undeclared", () => {
  const declared = entry({
    controller: "virtio-scsi-single",
    cpu: { cores: 16 },
    drives: { scsi0: { aio: "threads", caps: { readMiBps: 60, writeMiBps: 60 } } },
    foreignSlots: "scsi5-7",
  });
  const { slots, foreignSlots } = status(
    declared,
    vmWith(
      {
        ...devvm,
        scsi0: "local-lvm:vm-102-disk-0,mbps_rd=60,mbps_wr=99,size=100G",
        scsi6: "local-lvm:vm-9999-pvc-1,size=5G",
        virtio1: "local-lvm:vm-102-disk-1,mbps=50,size=5G",
        ide2: "none,media=cdrom",
      },
      { pending: { scsihw: "virtio-scsi-single" } },
    ),
  );
  expect(slots).toEqual([
    { slot: "scsihw", state: "waiting" },
    { slot: "cores", state: "in sync" },
    { slot: "scsi0", state: "drifted" },
    { slot: "scsi6", state: "foreign" },
    { slot: "virtio1", state: "undeclared" },
  ]);
  expect(foreignSlots).toEqual({ declared: 3, left: 2 });
});

test("caps are asked of VMs that run or are declared, a start with the node of those that are stopped", () => {
  const uncapped = { ...devvm, onboot: "1", scsi0: "local-lvm:vm-102-disk-0,size=100G" };
  const stopped = vmWith(uncapped, { running: false });
  expect(kindsOf(status(undefined, vmWith(uncapped)))).toEqual(["unmanaged", "uncapped"]);
  expect(kindsOf(status(undefined, stopped))).toEqual(["unmanaged", "zombie-onboot"]);
  expect(kindsOf(status(entry({}), stopped))).toEqual(["uncapped", "zombie-onboot"]);
  expect(
    kindsOf(status(entry({}), vmWith({ ...uncapped, scsi0: "local-lvm:vm-102-disk-0,mbps=60" }))),
  ).toEqual([]);
});

test("a template that is declared never runs, so that neither is asked of it", () => {
  const stopped = { ...devvm, onboot: "1", scsi0: "local-lvm:base-102-disk-0,size=100G" };
  expect(kindsOf(status(entry({}), vmWith(stopped, { running: false })))).toEqual([
    "uncapped",
    "zombie-onboot",
  ]);
  const template = vmWith({ ...stopped, template: "1" }, { running: false });
  expect(kindsOf(status(entry({}), template))).toEqual([]);
});

test("what the settings only advise, or do not judge, is no finding", () => {
  const uncapped = vmWith({ ...devvm, scsi0: "local-lvm:vm-102-disk-0,size=100G" });
  for (const level of ["advisory", "disabled"] as const) {
    const settings = { ...defaultSettings, levels: { "drive-has-caps": level } };
    const live = { node: "pve", status: "running", snapshot: uncapped } as const;
    const standard = { settings, exemptions: [] };
    expect(statusOf(102, entry({}), live, { ...judging, standard }).findings).toEqual([]);
  }
});

test("a text that cannot be read in a slot of nobody is a problem, in a foreign slot nobody's business", () => {
  const broken = vmWith({ ...devvm, scsi3: "local-lvm:vm-102-disk-3,size=8G,size=9G" });
  const found = status(entry({}), broken);
  expect(found.findings).toMatchObject([{ kind: "problem", slot: "scsi3", path: "drives.scsi3" }]);
  expect(found.slots).toContainEqual({ slot: "scsi3", state: "problem" });
  expect(status(entry({ foreignSlots: "scsi3" }), broken).findings).toEqual([]);
});

test("beside a problem up writes nothing of the VM, and what has drifted says so", () => {
  const declared = entry({ cpu: { cores: 8 }, drives: { scsi9: { caps: { readMiBps: 60 } } } });
  expect(status(declared, vmWith(devvm)).findings.map(({ kind, message }) => [kind, message])).toEqual([
    ["problem", expect.stringMatching(/^drives\.scsi9: the slot is empty /)],
    [
      "drifted",
      "options.cores: 16 => 8  [pulumi up would write it once the VM's problem is solved; cold: waits for a stop and start]",
    ],
  ]);
});

test("a VM of which nothing is declared is in sync with nothing", () => {
  const { keys, slots } = status(undefined, vmWith(devvm));
  expect(keys).toEqual({ declared: 0, inSync: 0 });
  expect(slots).toEqual([{ slot: "scsi0", state: "undeclared" }]);
});
