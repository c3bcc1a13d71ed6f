import { describe, expect, it } from "vitest";
import { checkDeclared, type RawDeclaredVm } from "../../proxmox/check-declared.ts";
import { declare } from "./vm.ts";

function paths(raw: RawDeclaredVm): string[] {
  return checkDeclared({ vmid: 102, ...raw }).map(({ path }) => path);
}

describe("checkDeclared", () => {
  it("accepts what the fleet declares of the VM of the incident", () => {
    const declared = declare({
      node: "pve",
      options: {
        name: "devvm",
        scsihw: "virtio-scsi-single",
        memory: 24576,
        agent: { enabled: true },
        boot: { order: "scsi0;net0" },
        tags: "dev;linux",
        startup: "order=1,up=30",
        hostpci0: { mapping: "gpu", pcie: true },
        serial0: "socket",
        ipconfig0: { ip: "dhcp" },
        description: "",
      },
      drives: {
        scsi0: { iothread: true, aio: "threads", mbps_rd: 60, mbps_wr: 12.5, size: "100G", discard: "on" },
        scsi30: {
          datastore: "local-lvm",
          size: "32G",
          iops_rd: 100,
          iops_rd_max: 200,
          iops_rd_max_length: 5,
        },
      },
      nics: {
        net0: { model: "virtio", macaddr: "bc:24:11:00:01:02", bridge: "vmbr1", tag: 10, trunks: "2;5-7" },
      },
      foreignSlots: ["scsi1-29", "virtio0"],
    });
    expect(checkDeclared(declared)).toStrictEqual([]);
  });

  it("refuses the text 0 for the start order, which Proxmox takes for no order at all", () => {
    expect(paths({ options: { startup: "0" } })).toStrictEqual(["options.startup"]);
    expect(paths({ options: { startup: { order: 0 }, agent: "0" } })).toStrictEqual([]);
  });

  it("says what is wrong, what was given, what is allowed and what to do", () => {
    expect(checkDeclared(declare({ drives: { sata0: { iothread: true } } }))).toStrictEqual([
      {
        path: "drives.sata0.iothread",
        reason:
          "sata drives have no such key (got true); iothread is allowed on scsi, virtio; correct or remove the key",
      },
    ]);
    expect(checkDeclared(declare({ options: { scsihw: "lsi" } }))).toStrictEqual([
      {
        path: "options.scsihw",
        reason:
          "a controller that is not offered (got lsi); allowed are virtio-scsi-single and virtio-scsi-pci; declare virtio-scsi-single, or leave scsihw out",
      },
    ]);
  });

  it.each([
    ["vmid", { vmid: 5 }],
    ["vmid", { vmid: "102" }],
    ["node", { node: "../pve" }],
    ["options", { options: [] }],
    ["drives", { drives: "scsi0" }],
    ["nics", { nics: null }],
    ["foreignSlots", { foreignSlots: "scsi1" }],
    ["foreignSlots[1]", { foreignSlots: ["scsi1-29", "scsi5-40"] }],
    ["foreignSlots[0]", { foreignSlots: ["scsi9-2"] }],
    ["foreignSlots[0]", { foreignSlots: [7] }],
    ["options.colour", { options: { colour: "red" } }],
    ["options.constructor", { options: { constructor: "x" } }],
    ["options.digest", { options: { digest: "d" } }],
    ["options.delete", { options: { delete: "scsi1" } }],
    ["options.force", { options: { force: true } }],
    ["options.skiplock", { options: { skiplock: true } }],
    ["options.revert", { options: { revert: "scsi0" } }],
    ["options.cipassword", { options: { cipassword: "x" } }],
    ["options.scsi1", { options: { scsi1: "local-lvm:1" } }],
    ["options.unused0", { options: { unused0: "local-lvm:vm-102-disk-1" } }],
    ["options.net0", { options: { net0: "virtio" } }],
    ["options.tpmstate0", { options: { tpmstate0: { version: "v2.0" } } }],
    ["options.hostpci16", { options: { hostpci16: { host: "0000:06:00.0" } } }],
    ["options.scsihw", { options: { scsihw: "megasas" } }],
    ["options.cores", { options: { cores: 0 } }],
    ["options.cores", { options: { cores: 1.5 } }],
    ["options.cores", { options: { cores: true } }],
    ["options.cores", { options: { cores: { count: 1 } } }],
    ["options.cores", { options: { cores: undefined } }],
    ["options.onboot", { options: { onboot: 2 } }],
    ["options.name", { options: { name: "" } }],
    ["options.bios", { options: { bios: "coreboot" } }],
    ["options.memory", { options: { memory: "lots" } }],
    ["options.agent.colour", { options: { agent: { colour: 1 } } }],
    ["options.agent.enabled", { options: { agent: { enabled: "perhaps" } } }],
    ["options.agent", { options: { agent: "1,colour=1" } }],
    ["options.cpu.cputype", { options: { cpu: { cputype: "host,hidden=1" } } }],
    ["drives.scsi31", { drives: { scsi31: {} } }],
    ["drives.efidisk0", { drives: { efidisk0: {} } }],
    ["drives.scsi0", { drives: { scsi0: "local-lvm:1" } }],
    ["drives.scsi0.file", { drives: { scsi0: { file: "local-lvm:1" } } }],
    ["drives.scsi0.volume", { drives: { scsi0: { volume: "local-lvm:1" } } }],
    ["drives.scsi0.media", { drives: { scsi0: { media: "cdrom" } } }],
    ["drives.scsi0.format", { drives: { scsi0: { format: "qcow2" } } }],
    ["drives.scsi0.import-from", { drives: { scsi0: { "import-from": "x" } } }],
    ["drives.scsi0.bps_rd", { drives: { scsi0: { bps_rd: 1 } } }],
    ["drives.scsi0.mbps_rd", { drives: { scsi0: { mbps_rd: -5 } } }],
    ["drives.scsi0.mbps_rd", { drives: { scsi0: { mbps_rd: "abc" } } }],
    ["drives.scsi0.mbps_rd", { drives: { scsi0: { mbps_rd: Number.NaN } } }],
    ["drives.scsi0.iops_rd", { drives: { scsi0: { iops_rd: 1.5 } } }],
    ["drives.scsi0.queues", { drives: { scsi0: { queues: 1 } } }],
    ["drives.scsi0.discard", { drives: { scsi0: { discard: true } } }],
    ["drives.scsi0.serial", { drives: { scsi0: { serial: "A,mbps_rd=1" } } }],
    ["drives.scsi0.serial", { drives: { scsi0: { serial: "x".repeat(61) } } }],
    ["drives.scsi0.size", { drives: { scsi0: { size: 32 } } }],
    ["drives.scsi0.size", { drives: { scsi0: { size: "0G" } } }],
    ["drives.scsi0.size", { drives: { scsi0: { size: "32g" } } }],
    ["drives.scsi0.datastore", { drives: { scsi0: { datastore: "local-lvm:vm-9999-pvc-1" } } }],
    ["drives.virtio0.ssd", { drives: { virtio0: { ssd: true } } }],
    ["drives.scsi0.mbps_rd_max", { drives: { scsi0: { mbps_rd_max: 100 } } }],
    ["drives.scsi0.iops_rd_max", { drives: { scsi0: { iops_rd_max: 100 } } }],
    ["drives.scsi0.mbps_rd_max", { drives: { scsi0: { mbps_rd: 100, mbps_rd_max: 50 } } }],
    ["drives.scsi0.bps_rd_max_length", { drives: { scsi0: { mbps_rd: 5, bps_rd_max_length: 5 } } }],
    ["drives.scsi0.mbps_wr", { drives: { scsi0: { mbps: 100, mbps_wr: 50 } } }],
    ["drives.scsi0.aio", { drives: { scsi0: { aio: "native", cache: "unsafe" } } }],
    ["drives.scsi2", { drives: { scsi2: {} }, foreignSlots: ["scsi1-29"] }],
    ["nics.net32", { nics: { net32: {} } }],
    ["nics.net0", { nics: { net0: "virtio" } }],
    ["nics.net0.vlan", { nics: { net0: { vlan: 5 } } }],
    ["nics.net0.tag", { nics: { net0: { tag: 5000 } } }],
    ["nics.net0.macaddr", { nics: { net0: { macaddr: "01:00:00:00:00:01" } } }],
    ["nics.net0.bridge", { nics: { net0: { bridge: "vmbr0,tag=1" } } }],
  ])("names %s in %o", (path, raw) => {
    expect(paths(raw)).toStrictEqual([path]);
  });

  it("reports every mistake at once", () => {
    expect(
      paths({
        options: { colour: "red", scsihw: "lsi" },
        drives: { sata0: { iothread: true, aio: "bogus" }, scsi0: { mbps_rd: -1 } },
        nics: { net0: { tag: 5000 } },
        foreignSlots: ["scsi0"],
      }),
    ).toStrictEqual([
      "options.colour",
      "options.scsihw",
      "drives.sata0.iothread",
      "drives.sata0.aio",
      "drives.scsi0.mbps_rd",
      "nics.net0.tag",
      "drives.scsi0",
    ]);
  });
});
