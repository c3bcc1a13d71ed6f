import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type CreatedVm, withCreationDefaults } from "../../components/translation/creation-defaults.ts";
import { vmLegacyArgs } from "../../components/translation/vm-legacy-args.ts";
import { vmLegacyProperties } from "../../components/translation/vm-legacy-inputs.ts";

const minimal: CreatedVm = {
  vmid: 120,
  create: { blank: { datastore: "local-lvm" } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  drives: { scsi0: { sizeGiB: 8 } },
};

/** The arguments as they are sent: without what is undefined. */
function argsFor(vm: CreatedVm) {
  return JSON.parse(JSON.stringify(vmLegacyArgs(withCreationDefaults("web", vm), "pve")));
}

const always = {
  cdrom: [],
  rebootAfterUpdate: false,
  stopOnDestroy: true,
  purgeOnDestroy: false,
  deleteUnreferencedDisksOnDestroy: false,
};

describe("what the official provider is asked to create", () => {
  it("is a sound VM with a blank disk and nothing that nobody asked for", () => {
    expect(argsFor(minimal)).toEqual({
      ...always,
      nodeName: "pve",
      vmId: 120,
      name: "web",
      onBoot: false,
      started: true,
      scsiHardware: "virtio-scsi-single",
      operatingSystem: { type: "l26" },
      bootOrders: ["scsi0"],
      cpu: { cores: 2, sockets: 1, type: "x86-64-v2-AES", numa: false },
      memory: { dedicated: 2048, floating: 2048 },
      agent: { timeout: "30s", waitForIp: { disabled: true } },
      disks: [
        {
          interface: "scsi0",
          datastoreId: "local-lvm",
          size: 8,
          aio: "io_uring",
          iothread: true,
          cache: "none",
          discard: "on",
          backup: true,
        },
      ],
      networkDevices: [],
      hostpcis: [],
      usbs: [],
      serialDevices: [],
    });
  });

  it("has every declared option in the one request", () => {
    const args = argsFor({
      ...minimal,
      name: "web1",
      create: { ...minimal.create, start: false },
      cpu: { cores: 2, sockets: 2, type: "host", limit: 1.5, units: 200, numa: true },
      balloonMiB: 0,
      controller: "virtio-scsi-pci",
      machine: "q35",
      osType: "win11",
      onboot: true,
      startup: { order: 3, upSeconds: 30, downSeconds: 60 },
      boot: ["net0", "virtio0"],
      agent: { enabled: true, trimAfterClone: true, type: "isa" },
      watchdog: { action: "poweroff" },
      tags: ["web", "prod"],
      pool: "lab",
      description: "first\nsecond\n",
      protection: true,
      efi: { datastore: "ssd", preEnrolledKeys: true },
      tpm: { datastore: "ssd", version: "v2.0" },
      passthrough: { hostpci1: { mapping: "gpu", pcie: true, primaryGpu: true, rombar: false } },
      usb: { usb0: { host: "spice", usb3: true } },
      serial: { serial0: "socket" },
      nics: {
        net0: { bridge: "vmbr1", vlan: 10, mac: "02:00:00:00:00:0a", firewall: true },
        net1: {
          bridge: "vmbr0",
          model: "e1000",
          trunks: [20, 30],
          rateMBps: 12.5,
          mtu: 1,
          queues: 4,
          linkDown: true,
        },
      },
      drives: {
        virtio0: { sizeGiB: 8, cache: "directsync", discard: false, backup: false, aio: "native" },
        scsi10: { sizeGiB: 2, ssd: true },
        scsi2: { sizeGiB: 1, datastore: "hdd", aio: "threads" },
      },
      cloudInit: {
        user: "admin",
        sshKeys: ["ssh-ed25519 AAAA a@b "],
        nameservers: ["192.0.2.1"],
        searchDomain: "example.org",
        ipConfigs: { ipconfig1: { ipv4: { address: "192.0.2.9/24", gateway: "192.0.2.1" } } },
      },
    });
    expect(args).toEqual({
      ...always,
      nodeName: "pve",
      vmId: 120,
      name: "web1",
      started: false,
      onBoot: true,
      startup: { order: 3, upDelay: 30, downDelay: 60 },
      tags: ["prod", "web"],
      poolId: "lab",
      description: "first\nsecond",
      protection: true,
      scsiHardware: "virtio-scsi-pci",
      machine: "q35",
      bios: "ovmf",
      operatingSystem: { type: "win11" },
      bootOrders: ["net0", "virtio0"],
      cpu: { cores: 2, sockets: 2, type: "host", limit: 1.5, units: 200, numa: true },
      memory: { dedicated: 2048, floating: 0 },
      agent: { enabled: true, trim: true, type: "isa", timeout: "30s", waitForIp: { disabled: true } },
      watchdog: { enabled: true, model: "i6300esb", action: "poweroff" },
      efiDisk: { datastoreId: "ssd", type: "4m", preEnrolledKeys: true },
      tpmState: { datastoreId: "ssd", version: "v2.0" },
      hostpcis: [{ device: "hostpci1", mapping: "gpu", pcie: true, rombar: false, xvga: true }],
      usbs: [{ host: "spice", usb3: true }],
      serialDevices: [{ device: "socket" }],
      networkDevices: [
        { model: "virtio", bridge: "vmbr1", vlanId: 10, macAddress: "02:00:00:00:00:0A", firewall: true },
        {
          model: "e1000",
          bridge: "vmbr0",
          trunks: "20;30",
          rateLimit: 12.5,
          mtu: 1,
          queues: 4,
          disconnected: true,
        },
      ],
      disks: [
        {
          interface: "scsi2",
          datastoreId: "hdd",
          size: 1,
          aio: "threads",
          cache: "none",
          discard: "on",
          backup: true,
        },
        {
          interface: "scsi10",
          datastoreId: "local-lvm",
          size: 2,
          aio: "io_uring",
          cache: "none",
          discard: "on",
          ssd: true,
          backup: true,
        },
        {
          interface: "virtio0",
          datastoreId: "local-lvm",
          size: 8,
          aio: "native",
          iothread: true,
          cache: "directsync",
          discard: "ignore",
          backup: false,
        },
      ],
      initialization: {
        datastoreId: "local-lvm",
        interface: "ide2",
        ipConfigs: [{}, { ipv4: { address: "192.0.2.9/24", gateway: "192.0.2.1" } }],
        dns: { servers: ["192.0.2.1"], domain: "example.org" },
        userAccount: { username: "admin", keys: ["ssh-ed25519 AAAA a@b"] },
      },
    });
  });

  it("has the caps that the official provider knows, and leaves the others and a 0 to VmConfig", () => {
    const caps = {
      readMiBps: 1,
      writeMiBps: 0,
      readBurstMiBps: 2,
      readBurstMiBpsSeconds: 3,
      readIops: 4,
      writeIops: 5,
      readBurstIops: 6,
      writeBurstIops: 7,
      totalBurstIops: 8,
    };
    expect(argsFor({ ...minimal, drives: { scsi0: { sizeGiB: 8, caps } } }).disks[0].speed).toEqual({
      read: 1,
      readBurstable: 2,
      iopsRead: 4,
      iopsWrite: 5,
      iopsReadBurstable: 6,
      iopsWriteBurstable: 7,
    });
  });

  it("is a full clone whose drives stay where the template has them, in the template's boot order", () => {
    const args = argsFor({ ...minimal, create: { template: { vmid: 1000 } } });
    expect(args.clone).toEqual({ vmId: 1000, full: true });
    expect(args.disks).toEqual([
      {
        interface: "scsi0",
        datastoreId: "",
        size: 8,
        aio: "io_uring",
        iothread: true,
        cache: "none",
        discard: "on",
        backup: true,
      },
    ]);
    expect(args).not.toHaveProperty("bootOrders");
  });

  it("is a clone on the datastore that the entry names", () => {
    const args = argsFor({ ...minimal, create: { template: { vmid: 1000, datastore: "ssd" } } });
    expect(args.clone).toEqual({ vmId: 1000, full: true, datastoreId: "ssd" });
    expect(args.disks[0].datastoreId).toBe("ssd");
  });

  it("is a linked clone when the entry says so", () => {
    expect(argsFor({ ...minimal, create: { template: { vmid: 1000, full: false } } }).clone).toEqual({
      vmId: 1000,
      full: false,
    });
  });

  it("leaves the template's drives as they are when the entry declares none", () => {
    const { drives: _, ...noDrives } = minimal;
    expect(argsFor({ ...noDrives, create: { template: { vmid: 1000 } } }).disks).toEqual([]);
  });

  it("imports an image into the drive that the VM boots from, and no other", () => {
    const args = argsFor({
      ...minimal,
      create: { image: { file: "local:import/debian.qcow2", datastore: "local-lvm" } },
      drives: { scsi0: { sizeGiB: 8 }, virtio0: { sizeGiB: 8 } },
      boot: ["virtio0"],
    });
    expect(args.disks.map((disk: Record<string, unknown>) => [disk.interface, disk.importFrom])).toEqual([
      ["scsi0", undefined],
      ["virtio0", "local:import/debian.qcow2"],
    ]);
  });
});

describe("the drive that a VM boots from when the entry does not say", () => {
  it.each([
    [["scsi0", "virtio0", "sata0"], "scsi0"],
    [["virtio0", "sata0"], "virtio0"],
    [["scsi10", "scsi2"], "scsi2"],
    [["sata0", "ide0"], "ide0"],
  ])("of %j is %s, as Proxmox would choose", (slots, first) => {
    const drives = Object.fromEntries(slots.map((slot) => [slot, { sizeGiB: 1 }]));
    expect(argsFor({ ...minimal, drives, nics: { net0: {} } }).bootOrders).toEqual([first, "net0"]);
  });
});

describe("the properties that are ignored after creation", () => {
  it("are all that the official resource has in the pinned version", () => {
    const file = createRequire(import.meta.url).resolve("@muhlba91/pulumi-proxmoxve/vmLegacy.js");
    const names = readFileSync(file, "utf8").matchAll(/resourceInputs\["(\w+)"\]/g);
    expect([...new Set([...names].map(([, name]) => name))].toSorted()).toEqual(vmLegacyProperties);
  });
});
