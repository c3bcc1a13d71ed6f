import { expect, test } from "vitest";
import { isDriveKey } from "../../emulator/drive-schema.ts";
import { printDrive, readDrive } from "../../emulator/drive-string.ts";
import { parseSeed } from "../../emulator/seed.ts";
import incident from "../../emulator/seeds/incident.json" with { type: "json" };
import { type Pve, startPve } from "./client.ts";

interface SeedVm {
  readonly vmid: number;
  readonly running?: boolean;
  readonly config: Readonly<Record<string, string | number>>;
}
const vms: readonly SeedVm[] = incident.vms;

function configOf(vmid: number): Readonly<Record<string, string | number>> {
  return vms.find((vm) => vm.vmid === vmid)?.config ?? {};
}

function caps(vmid: number, slot: string): unknown {
  const options = readDrive(slot, String(configOf(vmid)[slot]))?.options;
  const [read, write] = [options?.get("mbps_rd"), options?.get("mbps_wr")];
  return read === undefined && write === undefined ? null : `${read}/${write}`;
}

function csiSlots(vmid: number): string[] {
  return Object.entries(configOf(vmid)).flatMap(([key, value]) =>
    String(value).includes("vm-9999-pvc-") ? [key] : [],
  );
}

test("the estate has the VMs, states, sizes and boot disks of the incident", () => {
  const rows = vms.map(({ vmid, running, config }) => [
    vmid,
    config.name,
    running,
    config.cores,
    Number(config.memory) / 1024,
  ]);
  expect(rows).toEqual([
    [101, "pfsense", true, 8, 4],
    [102, "devvm", true, 16, 24],
    [103, "home-assistant", true, 8, 8],
    [105, "pbs", false, 16, 8],
    [200, "k8s-master", true, 8, 32],
    [201, "k8s-node1", true, 16, 48],
    [202, "k8s-node2", true, 8, 32],
    [203, "k8s-node3", true, 8, 32],
    [204, "k8s-node4", true, 8, 32],
    [205, "k8s-node5", true, 8, 32],
    [206, "k8s-node6", false, 8, 32],
    [220, "docker-registry", true, 4, 4],
    [300, "Windows10", true, 16, 8],
    [1000, "ubuntu-2404-cloudinit", false, 2, 2],
    [1001, "docker-registry-template", false, 4, 4],
    [2000, "ubuntu-2404-k8s-node", false, 8, 32],
  ]);
});

test("the caps are the hand-made ones, and VM 205 has none", () => {
  const found = [
    [101, "scsi0"],
    [102, "scsi0"],
    [103, "sata0"],
    [105, "scsi0"],
    [200, "scsi0"],
    [201, "scsi1"],
    [202, "scsi0"],
    [203, "scsi0"],
    [204, "scsi0"],
    [205, "scsi0"],
    [206, "scsi0"],
    [220, "scsi0"],
    [300, "scsi0"],
  ].map(([vmid, slot]) => caps(Number(vmid), String(slot)));
  const k8s = "150/120";
  expect(found).toEqual([
    null,
    "60/60",
    "40/40",
    null,
    "100/60",
    k8s,
    k8s,
    k8s,
    k8s,
    null,
    null,
    "40/40",
    null,
  ]);
});

test("VM 102 has no controller line, VM 103 boots from sata with EFI, VM 201 has its GPU, VM 206 starts on boot", () => {
  expect(configOf(102)).not.toHaveProperty("scsihw");
  expect(configOf(103)).toMatchObject({
    bios: "ovmf",
    boot: "order=sata0",
    sata0: expect.stringContaining("size=64G"),
  });
  expect(configOf(103)).toHaveProperty("efidisk0");
  expect(configOf(201)).toMatchObject({ boot: "order=scsi1", hostpci0: "0000:06:00.0,pcie=1" });
  expect(configOf(206).onboot).toBe(1);
  expect(configOf(220).net0).toBe("virtio=DE:AD:BE:EF:22:22,bridge=vmbr1,tag=20");
  expect(Object.keys(configOf(101)).filter((key) => key.startsWith("net"))).toEqual(["net0", "net1", "net2"]);
});

test("the k8s nodes carry CSI disks with their marks, twelve of them on VM 202", () => {
  expect([201, 202, 203, 204, 205].map((vmid) => csiSlots(vmid).length)).toEqual([4, 12, 3, 2, 5]);
  expect(csiSlots(202).sort()).toEqual(Array.from({ length: 12 }, (_, n) => `scsi${n + 1}`).sort());
  const csi = /^local-lvm:vm-9999-pvc-[0-9a-f-]{36},backup=0,iothread=1,size=\d+G,wwn=0x5056432d[0-9a-f]{8}$/;
  for (const slot of csiSlots(202)) expect(configOf(202)[slot]).toMatch(csi);
});

test("every drive string is canonical, and none of a hand-made disk says aio, cache or iothread", () => {
  const drives = vms.flatMap(({ vmid, config }) =>
    Object.entries(config).flatMap(([slot, value]) => {
      const drive = isDriveKey(slot) ? readDrive(slot, String(value)) : undefined;
      return isDriveKey(slot) ? [{ vmid, slot, value, drive }] : [];
    }),
  );
  expect(drives.length).toBeGreaterThan(40);
  for (const { value, drive } of drives) expect(drive && printDrive(drive)).toBe(value);
  const explicit = drives
    .filter(({ value }) => !String(value).includes("vm-9999-"))
    .flatMap(({ vmid, drive }) =>
      ["aio", "cache", "iothread"].filter((key) => drive?.options.has(key)).map((key) => [vmid, key]),
    );
  expect(explicit).toEqual([]);
});

test("the estate starts, with its volumes in the storage and VM 102 on the default controller", async () => {
  expect(parseSeed(incident).vms).toHaveLength(16);
  const pve: Pve = await startPve(incident);
  const vm = await pve.vm(102);
  expect(vm.running).toMatchObject({
    controller: "lsi",
    startedAt: "2026-06-11T16:48:31.000Z",
    drives: { scsi0: { iothread: false, throttle: { mbps_rd: 60, mbps_wr: 60 } } },
  });
  const volumes = await pve.list("/nodes/pve/storage/local-lvm/content");
  expect(volumes.find((row) => row.volid === "local-lvm:vm-102-disk-0")?.size).toBe(100 * 1024 ** 3);
  expect(volumes.filter((row) => row.vmid === 9999)).toHaveLength(26);
});
