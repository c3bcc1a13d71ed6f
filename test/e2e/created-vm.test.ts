import { afterEach, expect, test } from "vitest";
import type { EngineRun } from "../../demo/sandbox.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import { rewriteStack, stackOf } from "./fleet-file.ts";

/** A VM that this program created belongs to the official provider only until it exists. */

const up = ["up", "--yes", "--skip-preview"];
const check = ["preview", "--refresh", "--expect-no-changes"];
const csi = "local-lvm:vm-9999-pvc-one,backup=0,iothread=1,size=10G,wwn=0x5056432d00000001";
const adopted = { vmid: 202, cpu: { cores: 8 } };
const entry = {
  vmid: 150,
  create: { blank: { datastore: "local-lvm" } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  agent: { enabled: true },
  nics: { net0: { bridge: "vmbr1", vlan: 20 } },
  drives: { scsi0: { sizeGiB: 8, caps: { readMiBps: 80, writeMiBps: 60 } } },
};

let sandbox: Sandbox | undefined;
afterEach(async () => {
  const used = sandbox;
  sandbox = undefined;
  if (used === undefined) return;
  expect(await used.control.unknown()).toEqual([]);
  await used[Symbol.asyncDispose]();
});

/** A stack in which VM 150 was created and VM 202 adopted. */
async function createdVm(more: object = {}): Promise<Sandbox> {
  sandbox = await Sandbox.open({ stackFile: stackOf({ web: { ...entry, ...more }, adopted }) });
  await succeeds(sandbox, up);
  await sandbox.control.forget();
  return sandbox;
}

async function succeeds(used: Sandbox, args: readonly string[]): Promise<EngineRun> {
  const run = await used.pulumi(args);
  expect(run.code, run.output).toBe(0);
  return run;
}

/** What the preview would do to the VM of the official provider; what stays the same is not listed. */
async function officialSteps(used: Sandbox): Promise<string[]> {
  const { stdout } = await succeeds(used, ["preview", "--refresh", "--json"]);
  const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
  return [...new Set(steps.filter(({ urn }) => urn.includes("VmLegacy::")).map(({ op }) => op))].sort();
}

test("whatever changes live on a created VM, drift checks and runs with and without --refresh write nothing", async () => {
  const used = await createdVm();
  const { control } = used;
  const acts: Readonly<Record<string, () => Promise<unknown>>> = {
    "a foreign disk is attached": () => control.attach(150, "scsi5", csi),
    "an own disk and a nic are added": async () => {
      await used.request("PUT", "/nodes/pve/qemu/150/config?scsi3=local-lvm:3");
      await control.act(150, "edit", { net1: "virtio=DE:AD:BE:EF:00:01,bridge=vmbr0" });
    },
    "the own disk is renamed and the foreign one detached": async () => {
      const { scsi3 = "" } = (await control.vm(150)).config;
      await control.act(150, "edit", { scsi3: null, scsi4: scsi3 });
      await control.act(150, "detach", { slot: "scsi5" });
    },
    "the own disk is removed and the agent hangs": async () => {
      await control.act(150, "edit", { scsi4: null });
      await control.act(150, "agent", { mode: "hung" });
    },
  };
  for (const [name, act] of Object.entries(acts)) {
    await act();
    const before = await control.vm(150);
    await control.forget();
    for (const args of [check, ["up", "--yes", "--skip-preview", "--refresh"]]) {
      const run = await used.pulumi(args);
      expect(run.code, `${name}: ${run.output}`).toBe(0);
    }
    expect(await control.writes(), name).toEqual([]);
    expect((await control.vm(150)).config, name).toEqual(before.config);
  }
  await succeeds(used, [...up, "--expect-no-changes"]);
  expect(await control.writes()).toEqual([]);
});

test("every declared key of a created VM changed at once is one request of ours, and no step of the official provider", async () => {
  const used = await createdVm();
  await used.control.attach(150, "scsi5", csi);
  await used.control.forget();
  const changed = {
    ...entry,
    name: "renamed",
    description: "new notes",
    tags: ["prod"],
    onboot: true,
    controller: "virtio-scsi-pci",
    cpu: { cores: 4, type: "host" },
    memoryMiB: 4096,
    agent: { enabled: true, type: "isa" },
    nics: { net0: { bridge: "vmbr0", vlan: 30 }, net1: { bridge: "vmbr0" } },
    drives: {
      scsi0: { sizeGiB: 8, caps: { readMiBps: 90, writeMiBps: 70 }, cache: "writeback" },
      scsi1: { sizeGiB: 4, datastore: "local-lvm" },
    },
  };
  rewriteStack(used, { web: changed, adopted });
  expect(await officialSteps(used)).toEqual(["refresh"]);
  await succeeds(used, [...up, "--refresh"]);
  const writes = await used.control.writes();
  expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "PUT /nodes/pve/qemu/150/config",
    "PUT /nodes/pve/qemu/150/config",
  ]);
  for (const { body = {} } of writes) {
    expect(body.digest).toMatch(/^[0-9a-f]{40}$/);
    expect(Object.keys(body)).not.toContain("scsi5");
    expect(Object.keys(body)).not.toContain("delete");
  }
  expect((await used.control.vm(150)).config.scsi5).toBe(csi);
});

test("when a hand-edited cap keeps the official provider from reading, --refresh fails, the way out is said, and it works", async () => {
  const used = await createdVm();
  const { scsi0 = "" } = (await used.control.vm(150)).config;
  await used.control.act(150, "edit", { scsi0: scsi0.replace("mbps_wr=60", "mbps_wr=60.5") });

  const refresh = await used.pulumi([...up, "--refresh"]);
  expect(refresh.code).not.toBe(0);
  expect(refresh.output).toContain("failed to parse mbps_wr");
  expect(refresh.output).toContain("(got scsi0: mbps_wr=60.5)");
  expect(refresh.output).toContain("run the same command without --refresh");
  expect(await used.control.writes()).toEqual([]);

  const drift = await used.pulumi(["preview", "--expect-no-changes"]);
  expect(drift.code).not.toBe(0);
  expect(drift.output).toContain("drives.scsi0.mbps_wr: 60.5 => 60  [live]");
  await succeeds(used, up);
  expect((await used.control.writes()).map(({ body }) => body)).toEqual([
    { scsi0, digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
  ]);
  await succeeds(used, check);
});

test("when the official provider cannot read a created VM for another reason, --target refreshes the rest, and the VM can be handed over", async () => {
  const used = await createdVm();
  await used.control.act(150, "edit", { scsi3: "local-lvm:vm-150-disk-9,size=3G" });
  const refresh = await used.pulumi(check);
  expect(refresh.code).not.toBe(0);
  expect(refresh.output).toContain("no such logical volume pve/vm-150-disk-9");
  await succeeds(used, [...check, "--target", "**VmConfig::*"]);
  await succeeds(used, ["preview", "--expect-no-changes"]);

  const { stdout } = await succeeds(used, ["stack", "export"]);
  const urn = /"urn":\s*"([^"]+VmLegacy::web)"/.exec(stdout)?.[1] ?? "";
  await succeeds(used, ["state", "delete", "--force", "--target-dependents", "--yes", urn]);
  const { create, ...handedOver } = entry;
  rewriteStack(used, { web: handedOver, adopted });
  await succeeds(used, [...up, "--refresh"]);
  await succeeds(used, check);
  expect(await used.control.writes()).toEqual([]);
});

test("a protected created VM survives destroy and being taken out of the file, and nothing is sent", async () => {
  const used = await createdVm();
  rewriteStack(used, { adopted });
  for (const args of [["preview"], up, ["destroy", "--yes", "--skip-preview"]]) {
    const run = await used.pulumi(args);
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/VmConfig::web" cannot be deleted\s+because it is protected/);
  }
  expect(await used.control.writes()).toEqual([]);
  expect((await used.control.vm(150)).status).toBe("running");
});

test("destroy of an unprotected created VM keeps foreign disks and the volumes that its config does not name", async () => {
  const used = await createdVm({ create: { ...entry.create, protect: false } });
  await used.control.attach(150, "scsi5", csi);
  await used.control.attach(150, "scsi6", "local-lvm:vm-150-disk-6,size=2G");
  await used.control.act(150, "edit", { scsi6: null });
  await used.control.forget();

  const destroy = await succeeds(used, ["destroy", "--yes", "--skip-preview"]);
  expect(destroy.output).toContain("the configuration of VM 150 is no longer owned; nothing was sent");
  expect((await used.control.writes()).map(({ method, path, query }) => [method, path, query])).toEqual([
    ["POST", "/nodes/pve/qemu/150/status/stop", undefined],
    ["DELETE", "/nodes/pve/qemu/150", { "destroy-unreferenced-disks": "0", purge: "0" }],
  ]);
  const volumes = (await used.request("GET", "/nodes/pve/storage/local-lvm/content")) as { volid: string }[];
  const left = volumes.map(({ volid }) => volid).filter((volid) => /pvc-one|vm-150-/.test(volid));
  expect(left.sort()).toEqual(["local-lvm:vm-150-disk-6", "local-lvm:vm-9999-pvc-one"]);
});

test("what only a creation reads is refused on a VM that exists, and the firmware stays, until it was made so by hand", async () => {
  const used = await createdVm();
  await used.request("POST", "/pools?poolid=prod");
  await used.control.forget();
  const changed = {
    ...entry,
    create: { blank: { datastore: "local" } },
    pool: "prod",
    efi: { datastore: "local-lvm" },
    tpm: { datastore: "local-lvm" },
  };
  rewriteStack(used, { web: changed, adopted });
  for (const args of [["preview"], up, ["preview", "--refresh"]]) {
    const run = await used.pulumi(args);
    expect(run.code).not.toBe(0);
    for (const path of ["create.blank.datastore", "pool", "efi.datastore", "tpm.datastore"]) {
      expect(run.output).toContain(
        `${path}: is read only when a VM is made, and this VM exists and is not so`,
      );
    }
  }
  expect(await used.control.writes()).toEqual([]);

  await used.request("PUT", "/pools?poolid=prod&vms=150");
  await used.request("PUT", "/nodes/pve/qemu/150/config?efidisk0=local-lvm:1,efitype=4m");
  await used.request("PUT", "/nodes/pve/qemu/150/config?tpmstate0=local-lvm:1,version=v2.0");
  await used.control.forget();
  rewriteStack(used, { web: { ...changed, create: entry.create }, adopted });
  const run = await succeeds(used, up);
  expect(run.output).toContain("options.bios: seabios => ovmf  [cold: waits for a stop and start]");
  await used.control.forget();
  await succeeds(used, [...up, "--expect-no-changes"]);
  expect(await used.control.writes()).toEqual([]);
});
