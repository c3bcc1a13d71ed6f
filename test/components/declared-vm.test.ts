import { describe, expect, it } from "vitest";
import type { NicSpec } from "../../components/spec/nic-spec.ts";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { declaredEntry, declaredVm } from "../../components/translation/declared-vm.ts";
import { prodFile } from "./prod-file.ts";

/** What an entry declares beyond its vmid. */
function declared(entry: Omit<VmSpec, "vmid">) {
  const { vmid: _, ...rest } = declaredVm({ vmid: 102, ...entry });
  return rest;
}

const nothing = { options: {}, drives: {}, nics: {}, foreignSlots: [] };

describe("what an entry declares, in Proxmox's keys", () => {
  it("is nothing when it writes nothing but the vmid", () => {
    expect(declaredVm({ vmid: 102 })).toEqual({ vmid: 102, ...nothing });
  });

  it.each<[string, Omit<VmSpec, "vmid">, object]>([
    ["name", { name: "devvm" }, { name: "devvm" }],
    ["controller", { controller: "virtio-scsi-single" }, { scsihw: "virtio-scsi-single" }],
    [
      "cpu",
      { cpu: { cores: 4, sockets: 2, type: "host", limit: 1.5, units: 200, numa: true } },
      { cores: 4, sockets: 2, cpu: { cputype: "host" }, cpulimit: 1.5, cpuunits: 200, numa: true },
    ],
    ["memory", { memoryMiB: 24576, balloonMiB: 0 }, { memory: 24576, balloon: 0 }],
    ["boot order", { boot: ["scsi0", "net0"] }, { boot: { order: "scsi0;net0" } }],
    ["onboot, off", { onboot: false }, { onboot: false }],
    [
      "startup order",
      { startup: { order: 1, upSeconds: 30, downSeconds: 60 } },
      { startup: { order: 1, up: 30, down: 60 } },
    ],
    ["a part of the startup order", { startup: { upSeconds: 30 } }, { startup: { up: 30 } }],
    ["an empty group", { startup: {}, agent: {}, cpu: {}, watchdog: {} }, {}],
    [
      "agent",
      { agent: { enabled: true, trimAfterClone: true, freezeOnBackup: false, type: "isa" } },
      { agent: { enabled: true, fstrim_cloned_disks: true, "freeze-fs-on-backup": false, type: "isa" } },
    ],
    [
      "watchdog",
      { watchdog: { model: "ib700", action: "pause" } },
      { watchdog: { model: "ib700", action: "pause" } },
    ],
    ["serial ports", { serial: { serial0: "socket" } }, { serial0: "socket" }],
    [
      "PCI devices",
      {
        passthrough: {
          hostpci0: { id: "0000:06:00.0", pcie: true, primaryGpu: true, rombar: false, romFile: "gpu.bin" },
          hostpci1: { mapping: "nic", mdev: "nvidia-63" },
        },
      },
      {
        hostpci0: { host: "0000:06:00.0", pcie: true, "x-vga": true, rombar: false, romfile: "gpu.bin" },
        hostpci1: { mapping: "nic", mdev: "nvidia-63" },
      },
    ],
    [
      "USB devices",
      { usb: { usb0: { host: "spice", usb3: true }, usb1: { mapping: "key" } } },
      { usb0: { host: "spice", usb3: true }, usb1: { mapping: "key" } },
    ],
    ["tags, sorted and each once", { tags: ["web", "prod", "web"] }, { tags: "prod;web" }],
    ["no tags", { tags: [] }, { tags: "" }],
    ["notes, without the line end that Proxmox drops", { description: "a\nb\n" }, { description: "a\nb" }],
    [
      "protection, machine, firmware and guest system",
      { protection: true, machine: "q35", bios: "ovmf", osType: "win11" },
      { protection: true, machine: "q35", bios: "ovmf", ostype: "win11" },
    ],
    [
      "cloud-init",
      {
        cloudInit: {
          user: "admin",
          sshKeys: ["ssh-ed25519 AAAA+/= a@b ", "ssh-rsa BB (x)"],
          nameservers: ["192.0.2.1", "192.0.2.2"],
          searchDomain: "example.org",
          ipConfigs: {
            ipconfig0: { ipv4: { address: "192.0.2.9/24", gateway: "192.0.2.1" } },
            ipconfig1: { ipv6: { address: "auto" } },
          },
        },
      },
      {
        ciuser: "admin",
        sshkeys: "ssh-ed25519%20AAAA%2B%2F%3D%20a%40b%0Assh-rsa%20BB%20%28x%29",
        nameserver: "192.0.2.1 192.0.2.2",
        searchdomain: "example.org",
        ipconfig0: { ip: "192.0.2.9/24", gw: "192.0.2.1" },
        ipconfig1: { ip6: "auto" },
      },
    ],
    ["what is for creation only", { pool: "lab", efi: { datastore: "a" }, tpm: { datastore: "a" } }, {}],
  ])("has options: %s", (_, entry, options) => {
    expect(declared(entry)).toEqual({ ...nothing, options });
  });

  it("has every drive option by slot", () => {
    const drives = {
      scsi0: {
        aio: "threads",
        iothread: true,
        cache: "none",
        discard: true,
        ssd: true,
        backup: false,
        sizeGiB: 32,
        datastore: "local-lvm",
      },
      sata1: { discard: false },
      virtio2: {},
    } as const;
    expect(declared({ drives })).toEqual({
      ...nothing,
      drives: {
        scsi0: {
          aio: "threads",
          iothread: true,
          cache: "none",
          discard: "on",
          ssd: true,
          backup: false,
          size: "32G",
          datastore: "local-lvm",
        },
        sata1: { discard: "ignore" },
        virtio2: {},
      },
    });
  });

  it("has every cap under Proxmox's own name", () => {
    const caps = {
      readMiBps: 1,
      writeMiBps: 2.5,
      totalMiBps: 3,
      readBurstMiBps: 4,
      writeBurstMiBps: 5,
      totalBurstMiBps: 6,
      readBurstMiBpsSeconds: 7,
      writeBurstMiBpsSeconds: 8,
      totalBurstMiBpsSeconds: 9,
      readIops: 10,
      writeIops: 11,
      totalIops: 12,
      readBurstIops: 13,
      writeBurstIops: 14,
      totalBurstIops: 15,
      readBurstIopsSeconds: 16,
      writeBurstIopsSeconds: 17,
      totalBurstIopsSeconds: 0,
    };
    expect(declared({ drives: { scsi0: { caps } } }).drives.scsi0).toEqual({
      mbps_rd: 1,
      mbps_wr: 2.5,
      mbps: 3,
      mbps_rd_max: 4,
      mbps_wr_max: 5,
      mbps_max: 6,
      bps_rd_max_length: 7,
      bps_wr_max_length: 8,
      bps_max_length: 9,
      iops_rd: 10,
      iops_wr: 11,
      iops: 12,
      iops_rd_max: 13,
      iops_wr_max: 14,
      iops_max: 15,
      iops_rd_max_length: 16,
      iops_wr_max_length: 17,
      iops_max_length: 0,
    });
  });

  it("has every network device option by slot", () => {
    const net0 = {
      bridge: "vmbr1",
      vlan: 10,
      trunks: [20, 30],
      model: "virtio",
      mac: "de:ad:be:ef:22:22",
      firewall: false,
      rateMBps: 12.5,
      mtu: 1,
      queues: 4,
      linkDown: true,
    } satisfies NicSpec;
    expect(declared({ nics: { net0, net3: {} } })).toEqual({
      ...nothing,
      nics: {
        net0: {
          bridge: "vmbr1",
          tag: 10,
          trunks: "20;30",
          model: "virtio",
          macaddr: "DE:AD:BE:EF:22:22",
          firewall: false,
          rate: 12.5,
          mtu: 1,
          queues: 4,
          link_down: true,
        },
        net3: {},
      },
    });
  });

  it("has foreign slots as a list, from text as well", () => {
    expect(declared({ foreignSlots: "scsi0, scsi2-29" }).foreignSlots).toEqual(["scsi0", "scsi2-29"]);
    expect(declared({ foreignSlots: ["scsi0", "scsi2-29"] }).foreignSlots).toEqual(["scsi0", "scsi2-29"]);
  });
});

describe("Pulumi.prod.yaml", () => {
  const { vms } = prodFile().config["proxmox-fleet:fleet"];

  it("declares the thirteen VMs of the estate, and no template", () => {
    expect(Object.entries(vms).map(([name, { vmid }]) => `${vmid} ${name}`)).toEqual([
      "101 pfsense",
      "102 devvm",
      "103 home-assistant",
      "105 pbs",
      "200 k8s-master",
      "201 k8s-node1",
      "202 k8s-node2",
      "203 k8s-node3",
      "204 k8s-node4",
      "205 k8s-node5",
      "206 k8s-node6",
      "220 docker-registry",
      "300 Windows10",
    ]);
  });

  it("declares devvm as decided after the incident", () => {
    expect(vms.devvm && declaredVm(vms.devvm)).toEqual({
      vmid: 102,
      options: { scsihw: "virtio-scsi-single", cores: 16, memory: 24576 },
      drives: { scsi0: { iothread: true, aio: "threads", mbps_rd: 60, mbps_wr: 60 } },
      nics: { net0: { bridge: "vmbr1", tag: 10 } },
      foreignSlots: [],
    });
  });

  it("declares caps for every VM that has them, on its boot drive", () => {
    const caps = Object.entries(vms).flatMap(([name, vm]) =>
      Object.entries(vm.drives ?? {}).map(
        ([slot, drive]) => `${name} ${slot} ${drive.caps?.readMiBps}/${drive.caps?.writeMiBps}`,
      ),
    );
    expect(caps).toEqual([
      "devvm scsi0 60/60",
      "home-assistant sata0 40/40",
      "k8s-master scsi0 100/60",
      "k8s-node1 scsi1 150/120",
      "k8s-node2 scsi0 150/120",
      "k8s-node3 scsi0 150/120",
      "k8s-node4 scsi0 150/120",
      "k8s-node5 scsi0 150/120",
      "docker-registry scsi0 40/40",
    ]);
  });

  it("leaves every slot of the CSI driver alone", () => {
    const foreign = Object.entries(vms).flatMap(([name, vm]) =>
      vm.foreignSlots === undefined ? [] : [`${name} ${declaredVm(vm).foreignSlots.join(" ")}`],
    );
    expect(foreign).toEqual([
      "k8s-node1 scsi0 scsi2-29",
      "k8s-node2 scsi1-29",
      "k8s-node3 scsi1-29",
      "k8s-node4 scsi1-29",
      "k8s-node5 scsi1-29",
      "k8s-node6 scsi1-29",
    ]);
  });

  it("keeps the decommissioned node from starting with the host", () => {
    expect(vms["k8s-node6"]?.onboot).toBe(false);
  });
});

describe("what an entry says is absent, in Proxmox's paths", () => {
  it.each([
    ["nics.net0.vlan", ["nics.net0.tag"]],
    ["nics.net0.trunks", ["nics.net0.trunks"]],
    ["cpu.limit", ["options.cpulimit"]],
    ["startup", ["options.startup.order", "options.startup.up", "options.startup.down"]],
    ["startup.upSeconds", ["options.startup.up"]],
    ["cloudInit.user", ["options.ciuser"]],
    ["cloudInit.nameservers", ["options.nameserver"]],
    ["cloudInit.sshKeys", ["options.sshkeys"]],
    ["cloudInit.ipConfigs.ipconfig2.ipv6.gateway", ["options.ipconfig2.gw6"]],
    ["cloudInit.ipConfigs.ipconfig0.ipv4", ["options.ipconfig0.ip", "options.ipconfig0.gw"]],
    ["drives.scsi0.caps.writeBurstIopsSeconds", ["drives.scsi0.iops_wr_max_length"]],
    ["drives.sata1.discard", ["drives.sata1.discard"]],
    ["boot", ["options.boot.order"]],
    ["tags", ["options.tags"]],
    ["balloonMiB", ["options.balloon"]],
  ])("%s", (path, absent) => {
    expect(declared({ absent: [path] })).toEqual({ ...nothing, absent });
  });

  it("leaves a created VM without the defaults of its absent keys", () => {
    const vm: VmSpec = {
      vmid: 102,
      create: { blank: { datastore: "local-lvm" } },
      cpu: { cores: 2 },
      memoryMiB: 2048,
      drives: { scsi0: { sizeGiB: 8 } },
      absent: ["cpu.type", "balloonMiB", "drives.scsi0.discard"],
    };
    const { options, drives, absent } = declaredEntry("web", vm, {});
    expect(options).not.toHaveProperty("cpu");
    expect(options).not.toHaveProperty("balloon");
    expect(drives.scsi0).not.toHaveProperty("discard");
    expect(absent).toEqual(["options.cpu.cputype", "options.balloon", "drives.scsi0.discard"]);
  });
});
