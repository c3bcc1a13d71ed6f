import { describe, expect, test } from "vitest";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import { kinds, said, sound, withConfig, withDrive, withOptions } from "./vms.ts";

test("nothing is said of a sound VM", () => {
  expect(said([sound])).toEqual([]);
});

const other: JudgedVm = { ...sound, options: { stopped: false }, source: "live" };
const clone: JudgedVm = { ...sound, complete: false };

describe("one broken field alone gives one message with its value", () => {
  test.each<[title: string, vm: JudgedVm, message: string]>([
    [
      "lsi, where nothing else depends on the controller",
      withDrive({ iothread: undefined }, withConfig({ scsihw: "lsi" })),
      "no-lsi-controller: scsihw of sound must be a virtio controller (got lsi)",
    ],
    [
      "lsi53c810",
      withConfig({ scsihw: "lsi53c810" }),
      "no-lsi-controller: scsihw of sound must be a virtio controller (got lsi53c810)",
    ],
    [
      "an absent controller",
      withConfig({ scsihw: undefined }),
      "no-lsi-controller: scsihw of sound must be a virtio controller (got nothing, which is lsi in Proxmox)",
    ],
    [
      "megasas",
      withConfig({ scsihw: "megasas" }),
      "scsi-controller-is-virtio: scsihw of sound must be a virtio controller (got megasas)",
    ],
    [
      "pvscsi",
      withConfig({ scsihw: "pvscsi" }),
      "scsi-controller-is-virtio: scsihw of sound must be a virtio controller (got pvscsi)",
    ],
    [
      "an I/O thread under virtio-scsi-pci",
      withConfig({ scsihw: "virtio-scsi-pci" }),
      "iothread-needs-virtio-scsi-single: scsihw of sound must be virtio-scsi-single for the iothread of scsi0 (got virtio-scsi-pci)",
    ],
    [
      "no I/O thread",
      withDrive({ iothread: undefined }),
      "drive-has-iothread: iothread of sound scsi0 must be on (got nothing)",
    ],
    [
      "an I/O thread that is off",
      withDrive({ iothread: "0" }),
      "drive-has-iothread: iothread of sound scsi0 must be on (got 0)",
    ],
    [
      "no aio",
      withDrive({ aio: undefined }),
      "aio-is-explicit: aio of sound scsi0 must be declared (got nothing)",
    ],
    [
      "native with a buffered cache",
      withDrive({ aio: "native", cache: "writeback" }),
      "aio-is-explicit: cache of sound scsi0 must be none or directsync beside aio native (got writeback)",
    ],
    [
      "no cap of reads",
      withDrive({ mbps_rd: undefined }),
      "drive-has-caps: reads and writes of sound scsi0 must be capped (got mbps_rd absent)",
    ],
    [
      "a cap of writes that is lifted",
      withDrive({ mbps_wr: "0" }),
      "drive-has-caps: reads and writes of sound scsi0 must be capped (got mbps_wr 0)",
    ],
    [
      "caps on a drive that QEMU cannot throttle",
      withDrive({ scsiblock: "on" }),
      "drive-has-caps: reads and writes of sound scsi0 must be capped (got scsiblock on, past which QEMU throttles nothing)",
    ],
    [
      "a negative cap",
      withDrive({ mbps_rd: "-5" }),
      "caps-are-sane: mbps_rd of sound scsi0 must be a positive number (got -5)",
    ],
    [
      "a cap that is no number",
      withDrive({ mbps_rd: "fast" }),
      "caps-are-sane: mbps_rd of sound scsi0 must be a positive number (got fast)",
    ],
    [
      "a burst below its base",
      withDrive({ mbps_rd_max: "50" }),
      "caps-are-sane: mbps_rd_max of sound scsi0 must be at least mbps_rd = 60 (got 50)",
    ],
    [
      "a burst without its base",
      withDrive({ iops_wr_max: "50" }),
      "caps-are-sane: iops_wr of sound scsi0 must be set beside its burst iops_wr_max (got nothing)",
    ],
    [
      "the length of a burst that is not there",
      withDrive({ bps_rd_max_length: "5" }),
      "caps-are-sane: mbps_rd_max of sound scsi0 must be set beside its length bps_rd_max_length (got nothing)",
    ],
    [
      "a total beside directions",
      withDrive({ mbps: "100" }),
      "caps-are-sane: mbps of sound scsi0 must not stand beside mbps_rd and mbps_wr (got 100)",
    ],
    [
      "a fraction that the official provider would read",
      withDrive({ mbps_rd: "60.5" }),
      "caps-are-sane: mbps_rd of sound scsi0 must be a whole number, which is all that the official provider reads (got 60.5)",
    ],
    [
      "a fraction of an operation",
      withDrive({ iops_rd: "60.5" }, other),
      "caps-are-sane: iops_rd of sound scsi0 must be a whole number (got 60.5)",
    ],
    [
      "an input that is diffed after creation",
      withOptions({ ignoreChanges: ["vmId"] }),
      "official-vm-only-creates: ignoreChanges of sound must name every property that it sets (got no disks)",
    ],
    [
      "a wildcard, which the official provider does not expand",
      withOptions({ ignoreChanges: ["*"] }),
      "official-vm-only-creates: ignoreChanges of sound must name every property that it sets (got no disks, vmId)",
    ],
    [
      "an automatic restart",
      withOptions({ rebootAfterUpdate: true }),
      "no-automatic-reboot: rebootAfterUpdate of sound must be false (got true)",
    ],
    [
      "no protection",
      withOptions({ protect: false }),
      "vm-is-protected: protect of sound must be true (got false)",
    ],
    [
      "disks that go with the VM",
      withOptions({ deleteUnreferencedDisksOnDestroy: true }),
      "vm-is-protected: deleteUnreferencedDisksOnDestroy of sound must be false (got true)",
    ],
    [
      "a foreign range that a declared drive lies in",
      withOptions({ foreignSlots: ["scsi0-29"] }),
      "foreign-slots-stay-free: drives of sound must lie outside of its foreign slots scsi0-29 (got scsi0)",
    ],
    [
      "a stopped VM that starts with its node",
      withOptions({ stopped: true }),
      "no-zombie-onboot: onboot of sound must be off while it is stopped (got 1)",
    ],
    [
      "no serial port",
      withConfig({ serial0: undefined }),
      "serial-console-present: sound must have a serial port (got none)",
    ],
  ])("%s", (title, vm, message) => {
    const own = said([vm], {}, message.slice(0, message.indexOf(":")));
    expect(own).toEqual([message]);
    // A broken controller also makes the I/O thread void, which is another rule's matter.
    const others = said([vm]).filter((one) => !own.includes(one));
    const voidsIothread = /lsi53c810|absent controller|megasas|pvscsi/.test(title);
    expect(others.map((one) => one.slice(0, one.indexOf(":")))).toEqual(
      voidsIothread
        ? ["iothread-needs-virtio-scsi-single"]
        : title === "no I/O thread" || title.startsWith("lsi,")
          ? others.map(() => "drive-has-iothread")
          : [],
    );
  });
});

describe("what is fine as it is", () => {
  test.each<[title: string, vm: JudgedVm]>([
    ["a total instead of directions", withDrive({ mbps: "100", mbps_rd: undefined, mbps_wr: undefined })],
    ["a total beside directions that are lifted", withDrive({ mbps: "100", mbps_rd: "0", mbps_wr: "0" })],
    ["a burst of at least its base", withDrive({ mbps_rd_max: "60", bps_rd_max_length: "5" })],
    ["a fraction that no official provider reads", withDrive({ mbps_rd: "60.5" }, other)],
    ["native with directsync", withDrive({ aio: "native", cache: "directsync" })],
    [
      "a sata drive, which can have no I/O thread",
      {
        ...sound,
        drives: { sata0: { aio: "threads", mbps_rd: "40", mbps_wr: "40" } },
      },
    ],
    [
      "no controller where no scsi drive is",
      {
        ...withConfig({ scsihw: undefined }),
        drives: {},
        options: { ...sound.options, foreignSlots: [] },
      },
    ],
    ["a stopped VM that stays so", withOptions({ stopped: true }, withConfig({ onboot: "0" }))],
  ])("%s", (_title, vm) => {
    expect(said([vm])).toEqual([]);
  });
});

describe("bounds", () => {
  test("caps outside of the configured bounds are named with the bound", () => {
    expect(
      said([withDrive({ mbps_rd: "5", iops_wr: "9000" })], { caps: { minMiBps: 10, maxIops: 5000 } }),
    ).toEqual([
      "caps-are-sane: mbps_rd of sound scsi0 must be at least 10 (got 5)",
      "caps-are-sane: iops_wr of sound scsi0 must be at most 5000 (got 9000)",
    ]);
  });

  test("the caps of a datastore add up to no more than its budget, a VM that is there twice counted once", () => {
    const config: JudgedVm = { ...sound, source: "VmConfig" };
    const second: JudgedVm = { ...sound, name: "second", vmid: 401 };
    const budgets = { "local-lvm": { readMiBps: 100, writeMiBps: 200 } };
    expect(said([sound, config, second], { budgets })).toEqual([
      "caps-fit-storage: capped reads on local-lvm must add up to at most 100 MiB/s (got 120 MiB/s)",
    ]);
    expect(said([sound, config], { budgets })).toEqual([]);
  });

  test("a drive whose datastore nobody declares is not counted, and the rule says so", () => {
    const vm = withDrive({ datastore: undefined }, clone);
    expect(said([vm], { budgets: { "local-lvm": { readMiBps: 1 } } }, "caps-fit-storage")).toEqual([
      "caps-fit-storage: datastore of sound scsi0 is not declared; fleet audit --policy judges it on the node",
    ]);
  });
});

describe("a VM of which only a part is declared", () => {
  test("without any drive it must declare them, or its caps would be nobody's", () => {
    expect(said([{ ...clone, drives: {} }], {}, "drive-has-caps")).toEqual([
      "drive-has-caps: drives of sound must be declared with their caps (got no drive)",
    ]);
  });

  test("its controller and serial ports are for the audit to judge when they are not declared", () => {
    const vm = withConfig({ scsihw: undefined, serial0: undefined }, clone);
    expect(kinds(vm, "no-lsi-controller")).toEqual([
      "undeclared: sound: scsihw is not declared; fleet audit --policy judges it on the node",
    ]);
    expect(kinds(vm, "serial-console-present")).toEqual([
      "undeclared: sound: serial0 is not declared; fleet audit --policy judges it on the node",
    ]);
    expect(kinds(vm, "iothread-needs-virtio-scsi-single")).toEqual([
      "undeclared: sound: scsihw is not declared; fleet audit --policy judges it on the node",
    ]);
  });
});

test("a VmLegacy beside our VmConfig is judged for its life, not for its configuration", () => {
  const vm = withOptions({ configuredElsewhere: true, protect: false }, withDrive({ mbps_rd: undefined }));
  expect(said([vm])).toEqual(["vm-is-protected: protect of sound must be true (got false)"]);
});
