import fc from "fast-check";
import type { Seed } from "../../../emulator/seed.ts";

/**
 * VMs in Proxmox's own text, as hands, wizards, Terraform and CSI drivers leave them: every bus, odd options,
 * volumes of others, templates, stopped and locked VMs, and changes that wait. Knows nothing of our own code.
 */

export type SeedVm = Seed["vms"][number];
type Texts = Record<string, string>;

const flag = fc.constantFrom("0", "1");
const one = (...values: string[]) => fc.constantFrom(...values);
const rate = one("60", "60.0", "0", "0.5", "150", "12.25", "1000");
const operations = one("500", "0", "100000");

/** Options of a drive, and the buses that take them. */
const driveOptions: Readonly<Record<string, readonly [fc.Arbitrary<string>, RegExp]>> = {
  aio: [one("native", "threads", "io_uring"), /./],
  backup: [flag, /./],
  cache: [one("none", "writethrough", "writeback", "unsafe", "directsync"), /./],
  detect_zeroes: [flag, /./],
  discard: [one("on", "ignore"), /./],
  iothread: [flag, /scsi|virtio/],
  queues: [one("2", "4"), /scsi/],
  replicate: [flag, /./],
  ro: [flag, /scsi|virtio/],
  serial: [one("A1", "disk%20one"), /./],
  ssd: [flag, /scsi|sata|ide/],
  werror: [one("report", "stop"), /./],
  wwn: [one("0x5000000000000001"), /scsi|sata|ide/],
};

/** Mostly what is usual, so that odd things stand beside sound ones. */
const mostly = (usual: fc.Arbitrary<string>, odd: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: odd });

/** Limits as Proxmox lets them be stored: also bursts without a base, lengths without a burst, totals beside both. */
const limits = fc.record(
  {
    mbps: rate,
    mbps_rd: rate,
    mbps_wr: rate,
    mbps_max: rate,
    mbps_rd_max: rate,
    mbps_wr_max: rate,
    bps_rd_max_length: one("1", "30"),
    iops: operations,
    iops_rd: operations,
    iops_wr_max: operations,
    iops_wr_max_length: one("5"),
  },
  { requiredKeys: [] },
);
const usualLimits = fc.record({ mbps_rd: rate, mbps_wr: rate });

const slots = [
  ...Array.from({ length: 31 }, (_, n) => `scsi${n}`),
  ...Array.from({ length: 16 }, (_, n) => `virtio${n}`),
  ...Array.from({ length: 6 }, (_, n) => `sata${n}`),
  ...["ide0", "ide1", "ide3"],
];
const anySlot = fc.oneof(one("scsi0", "scsi1", "virtio0", "sata0"), fc.constantFrom(...slots));

/** `vm` owns it, or somebody else does, or nobody by its name. */
const volume = fc.oneof(
  { weight: 8, arbitrary: fc.nat(9).map((n) => `local-lvm:vm-VMID-disk-${n}`) },
  { weight: 1, arbitrary: fc.nat(9).map((n) => `local:VMID/vm-VMID-disk-${n}.qcow2`) },
  {
    weight: 1,
    arbitrary: fc.nat(9).map((n) => `local:1000/base-1000-disk-0.qcow2/VMID/vm-VMID-disk-${n}.qcow2`),
  },
  { weight: 2, arbitrary: fc.nat(99).map((n) => `local-lvm:vm-9999-pvc-${n}aef`) },
  { weight: 1, arbitrary: fc.nat(9).map((n) => `local-lvm:vm-777-disk-${n}`) },
  { weight: 1, arbitrary: one("/dev/disk/by-id/ata-EXAMPLE", "local-lvm:shared-data") },
);

const drive = fc
  .record({
    slot: anySlot,
    volume,
    options: fc.record(
      Object.fromEntries(Object.entries(driveOptions).map(([key, [values]]) => [key, values])),
      { requiredKeys: [] },
    ),
    limits: fc.oneof(fc.constant({}), fc.constant({}), usualLimits, usualLimits, limits),
    few: fc.boolean(),
    size: one("32G", "100G", "4M"),
  })
  .map(({ slot, volume, options, limits, few, size }): [string, string] => {
    const fit = Object.entries(options as Texts).filter(([key]) => driveOptions[key]?.[1].test(slot));
    const kept = few ? fit.slice(0, 1) : fit;
    const parts = Object.entries({ ...Object.fromEntries(kept), ...(limits as Texts), size });
    return [slot, [volume, ...parts.sort(byKey).map((part) => part.join("="))].join(",")];
  });

const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]) => (a < b ? -1 : 1);

const hex = fc.integer({ min: 0, max: 255 }).map((n) => n.toString(16).padStart(2, "0").toUpperCase());
const mac = fc.tuple(hex, hex, hex).map((parts) => `BC:24:11:${parts.join(":")}`);
const nic = fc
  .record({
    slot: fc.nat(31).map((n) => `net${n}`),
    model: mostly(one("virtio", "e1000", "e1000e", "rtl8139", "vmxnet3"), one("ne2k_pci", "pcnet", "i82551")),
    mac,
    options: fc.record(
      {
        bridge: one("vmbr0", "vmbr1"),
        firewall: flag,
        link_down: flag,
        mtu: one("1", "1500", "9000"),
        queues: mostly(one("2", "8"), one("0")),
        rate: one("5", "5.5", "0.25"),
        tag: one("10", "20"),
        trunks: mostly(one("10;20"), one("10;20-30")),
      },
      { requiredKeys: ["bridge"] },
    ),
  })
  .map(({ slot, model, mac, options }): [string, string] => [
    slot,
    [
      `${model}=${mac}`,
      ...Object.entries(options as Texts)
        .sort(byKey)
        .map((part) => part.join("=")),
    ].join(","),
  ]);

/** Options that are one text each. */
const options: Readonly<Record<string, fc.Arbitrary<string>>> = {
  agent: one("0", "1", "enabled=1,fstrim_cloned_disks=1,type=isa", "1,freeze-fs-on-backup=0"),
  args: one("-device vmcoreinfo"),
  balloon: one("0", "512"),
  bios: one("ovmf", "seabios"),
  cores: one("1", "4", "16"),
  cpu: one("host", "host,flags=+aes", "x86-64-v2-AES", "cputype=kvm64", "custom-odd"),
  cpulimit: one("0.5", "2", "0"),
  cpuunits: one("1024", "100"),
  description: one("Notes.%0A", "words"),
  efidisk0: one("local-lvm:vm-VMID-disk-90,efitype=4m,size=4M"),
  hotplug: one("0", "1", "network,disk", "cpu,disk,memory,network,usb"),
  hostpci0: one("0000:06:00.0,pcie=1", "mapping=gpu,x-vga=1", "0000:07:00,rombar=0,mdev=nvidia-63"),
  hostpci3: one("0000:08:00.0;0000:08:00.1"),
  ide2: one(
    "none,media=cdrom",
    "local:iso/x.iso,media=cdrom,size=112M",
    "local-lvm:vm-VMID-cloudinit,media=cdrom",
  ),
  lock: one("backup", "snapshot"),
  machine: one("q35", "pc-i440fx-8.1"),
  memory: mostly(one("512", "4096", "current=8192"), one("16", "63")),
  numa: flag,
  onboot: flag,
  ostype: one("l26", "win11", "other"),
  protection: flag,
  rng0: one("source=/dev/urandom"),
  scsihw: mostly(one("virtio-scsi-pci", "virtio-scsi-single"), one("lsi", "lsi53c810", "megasas", "pvscsi")),
  serial0: one("socket", "/dev/ttyS0"),
  sockets: one("1", "2"),
  startup: one("order=1,up=60", "down=5", "order=0"),
  tags: one("a;b"),
  tpmstate0: one("local-lvm:vm-VMID-disk-91,size=4M,version=v2.0"),
  unused0: one("local-lvm:vm-VMID-disk-92"),
  usb0: one("host=046d:c52b", "spice", "mapping=key,usb3=1"),
  usb5: one("host=1-2,usb3=0"),
  vga: one("serial0"),
};
const boot = mostly(
  one("order=scsi0;ide2;net0", "order=scsi1", "order=virtio0"),
  one("cdn", "c", "legacy=dn"),
);

const config: fc.Arbitrary<Texts> = fc
  .record({
    options: fc.record(options as Record<string, fc.Arbitrary<string>>, { requiredKeys: [] }),
    drives: fc.array(drive, { maxLength: 6 }),
    nics: fc.array(nic, { maxLength: 3 }),
    boot: fc.option(boot, { nil: undefined }),
    name: one("web", "db.example.org", "300", "build-7", "cache", "true"),
  })
  .map(({ options, drives, nics, boot, name }) => ({
    ...(options as Texts),
    ...Object.fromEntries(drives),
    ...Object.fromEntries(nics),
    ...(boot !== undefined && { boot, ...(boot === "c" && { bootdisk: "scsi0" }) }),
    name,
  }));

/** What never waits: it applies at once, or is no option that anybody changes. */
const instant = [
  "name",
  "description",
  "tags",
  "onboot",
  "protection",
  "startup",
  "lock",
  "cpulimit",
  "cpuunits",
];

/** A VM as a seed of the emulator says it; its vmid is its place in the estate. */
const randomVm: fc.Arbitrary<Omit<SeedVm, "vmid">> = fc
  .record({
    config,
    kind: one("running", "running", "running", "stopped", "template"),
    node: one("pve", "pve", "pve2"),
    other: config,
    waits: fc.array(fc.nat(60), { maxLength: 4 }),
    goes: fc.option(fc.nat(60), { nil: undefined }),
  })
  .map(({ config, kind, node, other, waits, goes }) => {
    const running = kind === "running";
    if (!running) {
      const template = kind === "template";
      return { node, running, config: template ? { ...asBase(config), template: "1" } : config };
    }
    const changeable = Object.keys(other).filter((key) => !instant.includes(key));
    const waiting = waits.flatMap((n) => changeable[n % changeable.length] ?? []);
    const pending = Object.fromEntries(waiting.map((key) => [key, other[key] ?? ""]));
    const present = Object.keys(config).filter((key) => !instant.includes(key) && !(key in pending));
    const gone = goes === undefined ? undefined : present[goes % Math.max(1, present.length)];
    return { node, running, config, pending, ...(gone !== undefined && { delete: [gone] }) };
  });

function asBase(config: Texts): Texts {
  return Object.fromEntries(
    Object.entries(config).map(([key, text]) => [key, text.replaceAll("vm-VMID-disk", "base-VMID-disk")]),
  );
}

/** An estate of so many VMs; the same numbers give the same estate. */
export function randomEstate(count: number, seed: number): Seed {
  const vms = fc.sample(randomVm, { numRuns: count, seed });
  const storages = ["images", "iso", "import"];
  return {
    random: 1,
    nodes: ["pve", "pve2"].map((name) => ({ name, cores: 64, memoryGiB: 384, bridges: ["vmbr0", "vmbr1"] })),
    storages: [
      {
        name: "local",
        type: "dir",
        content: storages,
        totalGiB: 100,
        volumes: [{ volid: "local:iso/x.iso", size: "112M" }],
      },
      { name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 100_000 },
    ],
    vms: vms.map((vm, index) => numbered(vm, 400 + index)),
  };
}

function numbered(vm: Omit<SeedVm, "vmid">, vmid: number): SeedVm {
  return {
    vmid,
    ...(JSON.parse(JSON.stringify(vm).replaceAll("VMID", String(vmid))) as Omit<SeedVm, "vmid">),
  };
}
