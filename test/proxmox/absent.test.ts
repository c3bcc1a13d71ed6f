import { describe, expect, it, test } from "vitest";
import { checkDeclared } from "../../proxmox/check-declared.ts";
import { diffDeclared } from "../../proxmox/diff-declared.ts";
import { observeDeclared } from "../../proxmox/observe.ts";
import { planVm } from "../../proxmox/plan.ts";
import { changeLines } from "../../proxmox/report.ts";
import { threeWay } from "../../proxmox/three-way.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const lines = (plan: ReturnType<typeof planVm>) =>
  plan.changes.length === 0
    ? []
    : changeLines(plan.changes)
        .split("\n")
        .map((line) => line.trim());

describe("a key that is declared to be absent", () => {
  it("is left out of its text, at once where the key is live", () => {
    const plan = planVm(declare({ absent: ["nics.net0.tag"] }), vmWith(devvm));
    expect(plan.problems).toStrictEqual([]);
    expect(lines(plan)).toStrictEqual(["nics.net0.tag: 10 => (absent)  [live]"]);
    expect(plan.requests).toStrictEqual([
      { kind: "config", set: { net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1" } },
    ]);
  });

  it("is removed as an option, in the one request that sets the others", () => {
    const declared = declare({ options: { onboot: true }, absent: ["options.cpulimit"] });
    const plan = planVm(declared, vmWith({ ...devvm, cpulimit: "2" }));
    expect(lines(plan)).toStrictEqual([
      "options.onboot: (absent) => 1  [live]",
      "options.cpulimit: 2 => (absent)  [live]",
    ]);
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { onboot: "1" }, delete: ["cpulimit"] }]);
  });

  it("takes the whole option away once nothing is left of its text", () => {
    const declared = declare({ absent: ["options.startup.order", "options.startup.up"] });
    expect(planVm(declared, vmWith({ startup: "order=3,up=10" })).requests).toStrictEqual([
      { kind: "config", set: {}, delete: ["startup"] },
    ]);
    expect(planVm(declared, vmWith({ startup: "down=5,order=3,up=10" })).requests).toStrictEqual([
      { kind: "config", set: { startup: "down=5" } },
    ]);
  });

  it("waits where the key is cold, on top of what waits already", () => {
    const declared = declare({ absent: ["options.vga", "drives.scsi0.ssd"] });
    const pending = { scsi0: `${devvm.scsi0},aio=threads` };
    const plan = planVm(declared, vmWith({ ...devvm, vga: "virtio,memory=64" }, { pending }));
    expect(lines(plan)).toStrictEqual([
      "options.vga: virtio,memory=64 => (absent)  [cold: waits for a stop and start]",
      "drives.scsi0.ssd: 1 => (absent)  [cold: waits for a stop and start]",
    ]);
    expect(plan.requests).toStrictEqual([
      {
        kind: "config",
        set: { scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,mbps_rd=60,mbps_wr=60,size=100G" },
        delete: ["vga"],
      },
    ]);
    const waits = planVm(declare({ absent: ["options.vga"] }), vmWith({ vga: "qxl" }, { deletes: ["vga"] }));
    expect([waits.requests, waits.waiting]).toStrictEqual([
      [],
      [{ path: "options.vga", from: "qxl", effect: "cold" }],
    ]);
  });

  it.each([
    ["cpulimit", "cpulimit", "0"],
    ["an agent's trim", "agent.fstrim_cloned_disks", "1,fstrim_cloned_disks=0"],
    ["a CPU type", "cpu.cputype", "kvm64"],
    ["notes", "description", ""],
  ])("is not removed where it says what its absence means: %s", (_what, key, text) => {
    const [name = ""] = key.split(".");
    expect(planVm(declare({ absent: [`options.${key}`] }), vmWith({ [name]: text })).changes).toStrictEqual(
      [],
    );
  });

  it("is no reason to make a device, to keep one that another hand removes, or to refuse an empty slot", () => {
    const declared = declare({
      absent: ["nics.net3.tag", "drives.scsi9.mbps_rd", "options.hostpci0.romfile"],
    });
    const nothing = { changes: [], waiting: [], problems: [], requests: [] };
    expect(planVm(declared, vmWith({}))).toMatchObject(nothing);
    const current = { net3: "virtio=BC:24:11:00:00:03,bridge=vmbr0,tag=4" };
    expect(planVm(declared, vmWith(current, { deletes: ["net3"] }))).toMatchObject(nothing);
  });

  it("never takes the last key of a device", () => {
    const plan = planVm(declare({ absent: ["options.watchdog.model"] }), vmWith({ watchdog: "ib700" }));
    expect(plan.requests).toStrictEqual([]);
    expect(plan.problems.map(({ path, reason }) => `${path}: ${reason}`)).toStrictEqual([
      "options.watchdog: nothing would be left of the device, and a whole device is not removed here (got every key absent); allowed is a device that keeps a key; remove the device by hand, or declare one of its keys",
    ]);
  });

  it("keeps what other keys of the text say, and waits beside another hand's that is cold", () => {
    const pending = { net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,queues=4,tag=10" };
    const plan = planVm(
      declare({ absent: ["nics.net0.tag"] }),
      vmWith({ ...devvm, hotplug: "disk" }, { pending }),
    );
    expect(plan.requests).toStrictEqual([
      { kind: "config", set: { net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,queues=4" } },
    ]);
  });

  it("is drift once somebody sets it again, and none before", () => {
    const declared = declare({
      nics: { net0: { bridge: "vmbr1" } },
      absent: ["nics.net0.tag", "options.cpulimit", "options.startup.order"],
    });
    const { tag: _, ...untagged } = { ...devvm, tag: "", net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1" };
    expect(observeDeclared(declared, vmWith(untagged))).toStrictEqual(declared);
    const again = vmWith({ ...untagged, net0: `${untagged.net0},tag=20`, cpulimit: "3", startup: "order=1" });
    const seen = observeDeclared(declared, again);
    expect(seen).toStrictEqual({
      ...declared,
      options: { cpulimit: "3", startup: { order: "1" } },
      nics: { net0: { bridge: "vmbr1", tag: "20" } },
      absent: [],
    });
    expect(diffDeclared(seen, declared)).toStrictEqual([
      { path: "options.cpulimit", kind: "update", from: "3", effect: "live" },
      { path: "options.startup.order", kind: "update", from: "1", effect: "live" },
      { path: "nics.net0.tag", kind: "update", from: "20", effect: "live" },
    ]);
  });

  it("is told as an addition, and as given up", () => {
    const without = declare();
    const absent = declare({ absent: ["options.cpulimit"] });
    expect(diffDeclared(without, absent)).toStrictEqual([
      { path: "options.cpulimit", kind: "add", effect: "live" },
    ]);
    expect(diffDeclared(absent, without)).toStrictEqual([
      { path: "options.cpulimit", kind: "disown", effect: "live" },
    ]);
    expect(diffDeclared(absent, absent)).toStrictEqual([]);
  });

  it("counts as one declared key, in every view", () => {
    const declared = declare({ absent: ["nics.net0.tag", "options.cpulimit"] });
    const { owned, drifted } = threeWay(declared, vmWith(devvm));
    expect([owned, drifted]).toStrictEqual([
      2,
      [{ path: "nics.net0.tag", slot: "net0", declared: null, effect: "live", configured: "10" }],
    ]);
  });
});

test.each([
  ["an unknown key", ["nics.net0.vlan"], "nics have no such key"],
  ["an unknown option", ["options.flux"], "is no option of a VM"],
  ["a key of an option without keys", ["options.cpulimit.x"], "cpulimit has no such key"],
  ["no path", ["cpulimit"], "no path of a key"],
  ["a path that goes on", ["options.startup.order.x"], "no path of a key"],
  ["a whole drive", ["drives.scsi1"], "a whole device is not removed here"],
  ["a whole network device", ["nics.net1"], "a whole device is not removed here"],
  ["a device of the host", ["options.hostpci0"], "a whole device is not removed here"],
  ["a serial port", ["options.serial0"], "a whole device is not removed here"],
  ["a drive as an option", ["options.scsi1"], "is a drive and belongs under drives"],
  ["the firmware's disk", ["options.efidisk0"], "is made with the VM and never changed"],
  ["a volume", ["drives.scsi0.file"], "it is the volume, which holds data"],
  ["a size", ["drives.scsi0.size"], "it is the volume's own size"],
  ["a MAC address", ["nics.net0.macaddr"], "Proxmox would make another one up"],
  ["the controller", ["options.scsihw"], "absent is the emulated LSI controller"],
  ["a key of another bus", ["drives.virtio0.ssd"], "drives have no such key"],
  ["a key twice", ["options.startup", "options.startup.up"], "the key is named twice"],
  ["no text", [7], "no text"],
])("absent refuses %s and says which", (_what, absent, wrong) => {
  const problems = checkDeclared({ ...declare(), absent });
  expect(problems.map(({ path }) => path)).toStrictEqual([`absent[${absent.length - 1}]`]);
  expect(problems[0]?.reason).toContain(wrong);
});

test.each([
  [{ nics: { net0: { tag: 5 } } }, "nics.net0.tag"],
  [{ options: { startup: "order=2" } }, "options.startup.up"],
  [{ options: { startup: { order: 2 } } }, "options.startup"],
  [{ drives: { scsi0: { mbps_rd: 0 } } }, "drives.scsi0.mbps_rd"],
])("absent refuses a key that is also declared: %j and %s", (parts, path) => {
  const problems = checkDeclared(declare({ ...parts, absent: [path] }));
  expect(problems.map((one) => `${one.path}: ${one.reason}`)).toStrictEqual([
    `absent[0]: the key is both declared and absent (got ${path}); allowed are options, and keys of an option's, a network device's or a drive's text, such as options.cpulimit, nics.net0.tag and drives.scsi0.mbps_rd_max; correct the path, or take it out of absent`,
  ]);
});

test("absent takes every other key of options, drives and network devices", () => {
  const absent = [
    "options.startup",
    "options.cpu.flags",
    "drives.ide1.model",
    "drives.scsi0.mbps_rd",
    "nics.net0.mtu",
  ];
  expect(checkDeclared(declare({ nics: { net0: { bridge: "vmbr0" } }, absent }))).toStrictEqual([]);
});
