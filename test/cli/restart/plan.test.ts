import { expect, test } from "vitest";
import { restartPlan, unconfirmed } from "../../../cli/restart/plan.ts";
import { declare, devvm, vmWith } from "../../proxmox/vm.ts";

const entry = {
  spec: { vmid: 102 },
  declared: declare({ options: { scsihw: "virtio-scsi-single" }, drives: { scsi0: { aio: "threads" } } }),
};

test("what waits is told value by value, the fleet file's and another hand's apart", () => {
  const snapshot = vmWith(devvm, {
    pending: { scsihw: "virtio-scsi-single", scsi0: `${devvm.scsi0},aio=threads`, cores: "8" },
    deletes: ["boot"],
  });
  expect(restartPlan(entry, 102, snapshot).activates).toEqual([
    { path: "options.boot", key: "boot", part: "", from: "order=scsi0", declared: false },
    { path: "options.cores", key: "cores", part: "", from: "16", to: "8", declared: false },
    { path: "drives.scsi0.aio", key: "scsi0", part: "aio", to: "threads", declared: true },
    { path: "options.scsihw", key: "scsihw", part: "", to: "virtio-scsi-single", declared: true },
  ]);
});

test("an older size in a pending text is no change", () => {
  const snapshot = vmWith(devvm, { pending: { scsi0: (devvm.scsi0 ?? "").replace("100G", "80G") } });
  expect(restartPlan(undefined, 102, snapshot).activates).toEqual([]);
});

test.each([
  ["virtio-scsi-pci", "virtio-scsi-single", false],
  ["lsi", "virtio-scsi-pci", true],
  ["virtio-scsi-pci", "megasas", true],
])("from %s to %s the guest needs another driver: %s", (from, to, needsPreflight) => {
  const snapshot = vmWith({ ...devvm, scsihw: from }, { pending: { scsihw: to } });
  expect(restartPlan(undefined, 102, snapshot).controller).toEqual({ from, to, needsPreflight });
});

test("a controller without disks may change as it likes", () => {
  const snapshot = vmWith({ sata0: "local-lvm:vm-102-disk-0,size=8G" }, { pending: { scsihw: "megasas" } });
  expect(restartPlan(undefined, 102, snapshot).controller).toBeUndefined();
});

test("disks of another owner make a node that must be drained, and so do declared foreign slots", () => {
  const snapshot = vmWith({ ...devvm, scsi1: "local-lvm:vm-9999-pvc-a,size=1G", ide2: "none,media=cdrom" });
  const { foreignDrives, kubernetes } = restartPlan(entry, 102, snapshot);
  expect([foreignDrives, kubernetes]).toEqual([["scsi1"], true]);
  const reserved = { ...entry, spec: { vmid: 102, foreignSlots: "scsi1-29" } };
  expect(restartPlan(reserved, 102, vmWith(devvm)).kubernetes).toBe(true);
  expect(restartPlan(entry, 102, vmWith(devvm)).kubernetes).toBe(false);
});

test("what is declared and not written yet is no part of it", () => {
  const { activates, unwritten } = restartPlan(entry, 102, vmWith(devvm));
  expect(activates).toEqual([]);
  expect(unwritten.map(({ path }) => path)).toEqual(["options.scsihw", "drives.scsi0.aio"]);
});

test("what was absent and is declared is the fleet file's, and what another hand put beside it is not", () => {
  const options = { agent: { enabled: true }, cpu: "host", boot: { order: "scsi0" } };
  const declared = declare({ options });
  const snapshot = vmWith(
    { name: "vm" },
    {
      pending: {
        agent: "1,fstrim_cloned_disks=1",
        cpu: "host,flags=+aes",
        boot: "order=scsi0",
        watchdog: "model=i6300esb",
      },
    },
  );
  const whose = restartPlan({ spec: { vmid: 102 }, declared }, 102, snapshot).activates.map(
    ({ path, declared: ours }) => [path, ours],
  );
  expect(Object.fromEntries(whose)).toEqual({
    "options.agent.enabled": true,
    "options.agent.fstrim_cloned_disks": false,
    "options.boot.order": true,
    "options.cpu.cputype": true,
    "options.cpu.flags": false,
    "options.watchdog": false,
  });
});

test.each([
  ["a controller", { scsihw: "pvscsi" }, ["options.scsihw"]],
  ["a cold key of a drive", { scsi0: `${devvm.scsi0},aio=native` }, ["drives.scsi0.aio"]],
  ["cores", { cores: "2" }, ["options.cores"]],
  ["a new drive of the VM's own", { sata1: "local-lvm:vm-102-disk-7,size=4G" }, ["drives.sata1"]],
  [
    "a cap, a name and notes, which need no start",
    { scsi0: `${devvm.scsi0},iops_rd=9`, name: "x", description: "y" },
    [],
  ],
  ["a disk that a CSI driver attached", { scsi5: "local-lvm:vm-9999-pvc-1,backup=0,size=2G" }, []],
])(
  "of %s written while a VM shuts down it is known whether the start would activate it",
  (_, written, paths) => {
    const confirmed = vmWith(devvm, { pending: { scsihw: "virtio-scsi-single" } });
    const applied = { ...devvm, scsihw: "virtio-scsi-single", ...written };
    const found = { ...vmWith(applied), running: false };
    expect(
      unconfirmed(confirmed, found, 102)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(paths);
    const stillPending = {
      ...vmWith({ ...devvm, scsihw: "virtio-scsi-single" }, { pending: written }),
      running: false,
    };
    expect(
      unconfirmed(confirmed, stillPending, 102)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(paths);
  },
);
