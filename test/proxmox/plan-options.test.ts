import { describe, expect, it } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

describe("planVm for network devices", () => {
  it("changes one key of a device and nothing else of it", () => {
    const own = declare({ nics: { net0: { tag: 20 } } });
    const plan = planVm(own, vmWith(devvm));
    expect(plan.requests).toStrictEqual([
      { kind: "config", set: { net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,tag=20" } },
    ]);
    expect(plan.changes).toStrictEqual([{ path: "nics.net0.tag", from: "10", to: "20", effect: "live" }]);
  });

  it("takes a MAC address in any case for the same, and model= and macaddr= for the short form", () => {
    const own = declare({ nics: { net0: { model: "virtio", macaddr: "bc:24:11:00:01:02" } } });
    expect(planVm(own, vmWith(devvm)).requests).toStrictEqual([]);
    const long = { net0: "model=virtio,macaddr=BC:24:11:00:01:02,bridge=vmbr1" };
    expect(planVm(own, vmWith(long)).requests).toStrictEqual([]);
  });

  it("needs two requests when the cable is live and the device is not", () => {
    const own = declare({ nics: { net0: { tag: 20, model: "e1000" } } });
    expect(planVm(own, vmWith({ ...devvm, hotplug: "0" })).requests).toStrictEqual([
      { kind: "config", set: { net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,tag=20" } },
      { kind: "config", set: { net0: "e1000=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,tag=20" } },
    ]);
    expect(planVm(own, vmWith(devvm)).requests).toHaveLength(1);
  });

  it("makes a new device, virtio unless declared", () => {
    const own = declare({ nics: { net1: { bridge: "vmbr0", tag: 5 } } });
    const plan = planVm(own, vmWith(devvm));
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { net1: "virtio,bridge=vmbr0,tag=5" } }]);
    expect(plan.changes.map(({ effect }) => effect)).toStrictEqual(["live", "live"]);
  });
});

describe("planVm for options", () => {
  it.each([
    [
      "a default that is not written out",
      {},
      { onboot: false, protection: false, cores: 1, sockets: 1, memory: 512 },
    ],
    [
      "more defaults",
      {},
      { agent: { enabled: false }, hotplug: "1", bios: "seabios", scsihw: "lsi", tags: "" },
    ],
    ["memory as a property string", { memory: "current=4096" }, { memory: 4096 }],
    ["memory by its key", { memory: "4096" }, { memory: { current: 4096 } }],
    ["tags in another order", { tags: "b;a" }, { tags: "a,b" }],
    ["a description with the newline that Proxmox adds", { description: "web\n" }, { description: "web" }],
    ["a boot order with other separators", { boot: "order=scsi0;net0" }, { boot: { order: "scsi0,net0" } }],
    ["keys in another encoding", { sshkeys: "ssh-ed25519%20A%0A" }, { sshkeys: "ssh-ed25519%20A" }],
    ["hotplug written out", { hotplug: "usb,disk,network" }, { hotplug: "network,disk,usb" }],
    ["on for 1", { agent: "enabled=on" }, { agent: { enabled: true } }],
    ["an agent by its bare value", { agent: "1,fstrim_cloned_disks=1" }, { agent: true }],
  ])("writes nothing for %s", (_what, current, options) => {
    const plan = planVm(declare({ options }), vmWith(current as Record<string, string>));
    expect([plan.changes, plan.requests]).toStrictEqual([[], []]);
  });

  it("adds a device that is absent even with nothing but defaults", () => {
    const own = declare({ options: { watchdog: { model: "i6300esb" } } });
    expect(planVm(own, vmWith(devvm)).requests).toStrictEqual([
      { kind: "config", set: { watchdog: "i6300esb" } },
    ]);
  });

  it("changes one key of a property string, whichever notation declares it", () => {
    const current = { agent: "0,fstrim_cloned_disks=1", machine: "pc,viommu=virtio" };
    const set = { agent: "1,fstrim_cloned_disks=1", machine: "q35,viommu=virtio" };
    for (const options of [
      { agent: true, machine: "q35" },
      { agent: { enabled: true }, machine: { type: "q35" } },
      { agent: "enabled=1", machine: "type=q35" },
    ]) {
      expect(planVm(declare({ options }), vmWith(current)).requests).toStrictEqual([{ kind: "config", set }]);
    }
  });

  it("writes what Proxmox requires beside a key", () => {
    const own = declare({ options: { agent: { fstrim_cloned_disks: true }, rng0: { max_bytes: 512 } } });
    const plan = planVm(own, vmWith(devvm));
    expect(plan.problems.map(({ path }) => path)).toStrictEqual(["options.rng0.source"]);
    const agentOnly = planVm(declare({ options: { agent: { fstrim_cloned_disks: true } } }), vmWith(devvm));
    expect(agentOnly.requests).toStrictEqual([{ kind: "config", set: { agent: "0,fstrim_cloned_disks=1" } }]);
  });

  it.each([
    ["onboot", true, {}, "live"],
    ["description", "x", {}, "live"],
    ["cpulimit", 2, {}, "live"],
    ["ciuser", "ops", {}, "invisible"],
    ["cores", 4, {}, "cold"],
    ["memory", 4096, {}, "cold"],
    ["memory", 4096, { hotplug: "memory" }, "live"],
    ["memory", 256, { hotplug: "memory" }, "cold"],
    ["vcpus", 2, {}, "cold"],
    ["vcpus", 2, { hotplug: "cpu" }, "live"],
    ["balloon", 512, { balloon: "1024" }, "live"],
    ["balloon", 0, { balloon: "1024" }, "cold"],
    ["balloon", 0, {}, "cold"],
    ["hotplug", "disk", {}, "live"],
    ["hotplug", "disk,memory", {}, "cold"],
    ["tablet", false, {}, "live"],
    ["tablet", false, { hotplug: "0" }, "cold"],
    ["usb0", "spice", { ostype: "l26" }, "live"],
    ["usb0", "spice", {}, "cold"],
    ["agent", true, {}, "cold"],
    ["startup", "order=1,up=30", {}, "live"],
    ["ipconfig0", "ip=dhcp", {}, "invisible"],
  ])("calls a change of %s to %s with %o %s", (name, value, current, effect) => {
    const plan = planVm(declare({ options: { [name]: value } }), vmWith(current as Record<string, string>));
    expect(new Set(plan.changes.map((change) => change.effect))).toStrictEqual(new Set([effect]));
  });

  it("writes a cold option back that somebody else's hand left pending otherwise", () => {
    const own = declare({ options: { cores: 16, memory: 24576 } });
    const plan = planVm(own, vmWith(devvm, { pending: { cores: "4" }, deletes: ["memory"] }));
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { cores: "16", memory: "24576" } }]);
    expect(plan.changes).toStrictEqual([
      { path: "options.cores", from: "4", to: "16", effect: "live" },
      { path: "options.memory", to: "24576", effect: "live" },
    ]);
  });

  it.each([
    ["alone", { order: 0 }, {}, "order=0"],
    ["where the VM had a delay only", { order: 0 }, { startup: "up=5" }, "order=0,up=5"],
    ["over another order", { order: 0 }, { startup: "3" }, "order=0"],
    ["as a text", "order=0", {}, "order=0"],
  ])(
    "writes a place of 0 in the start order %s with its name, since Proxmox takes a bare 0 for nothing",
    (_, startup, current, text) => {
      const plan = planVm(declare({ options: { startup } }), vmWith(current as Record<string, string>));
      expect(plan.requests).toStrictEqual([{ kind: "config", set: { startup: text } }]);
      expect(planVm(declare({ options: { startup } }), vmWith({ startup: text })).requests).toStrictEqual([]);
    },
  );
});
