import { describe, expect, it } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const effects = (options: Parameters<typeof declare>[0], config: Readonly<Record<string, string>>) =>
  planVm(declare(options), vmWith({ ...devvm, ...config })).changes.map(({ effect }) => effect);

describe("planVm for values that Proxmox keeps otherwise than they are declared", () => {
  it.each(["10000", "20000", "10001"])(
    "has nothing to write for cpu units of 20000 stored as %s",
    (cpuunits) => {
      const own = declare({ options: { cpuunits: 20_000 } });
      expect(planVm(own, vmWith({ ...devvm, cpuunits })).requests).toStrictEqual([]);
    },
  );

  it("writes cpu units above 10000 over a smaller weight, and 9999 over the greatest", () => {
    const write = (cpuunits: number, now: string) =>
      planVm(declare({ options: { cpuunits } }), vmWith({ ...devvm, cpuunits: now })).requests;
    expect(write(20_000, "9999")).toStrictEqual([{ kind: "config", set: { cpuunits: "20000" } }]);
    expect(write(9999, "10000")).toStrictEqual([{ kind: "config", set: { cpuunits: "9999" } }]);
  });

  it.each([
    [{ ostype: "l26" }, "live"],
    [{ ostype: "l26", machine: "q35,viommu=virtio" }, "live"],
    [{ ostype: "l26", machine: "pc-i440fx-7.0" }, "cold"],
    [{ ostype: "l26", machine: "type=pc-q35-7.1+pve2" }, "live"],
    [{ ostype: "win11" }, "cold"],
    [{ ostype: "win11", machine: "q35", meta: "creation-qemu=8.1.5,ctime=1" }, "cold"],
    [{ ostype: "win11", machine: "q35", meta: "creation-qemu=10.0.2,ctime=1" }, "live"],
    [{ ostype: "win11", machine: "pc-q35-10.0" }, "live"],
    [{ ostype: "l24" }, "cold"],
  ])("calls another usb device of a running VM with %o %s", (config, effect) => {
    expect(effects({ options: { usb0: { host: "1-2" } } }, { usb0: "spice", ...config })).toStrictEqual([
      effect,
    ]);
  });

  it("calls the trimming of cloned disks live where there is an agent, on or off", () => {
    const own = { options: { agent: { fstrim_cloned_disks: true } } };
    expect(effects(own, { agent: "1" })).toStrictEqual(["live"]);
    expect(effects(own, { agent: "0" })).toStrictEqual(["cold"]);
    expect(effects(own, { agent: "enabled=off,type=isa" })).toStrictEqual(["live"]);
    expect(effects(own, {})).toStrictEqual(["cold"]);
  });

  it("calls properties of an agent that is off and stays off live, since QEMU has no part in them", () => {
    const own = { options: { agent: { type: "virtio" } } };
    expect(effects(own, { agent: "0,type=isa" })).toStrictEqual(["live"]);
    expect(effects(own, { agent: "1,type=isa" })).toStrictEqual(["cold"]);
    expect(effects({ options: { agent: { enabled: true } } }, { agent: "0,type=isa" })).toStrictEqual([
      "cold",
    ]);
    // Proxmox takes a bare 0 for no agent at all, and lets its every change wait.
    expect(effects({ options: { agent: { type: "isa" } } }, { agent: "0" })).toStrictEqual(["cold"]);
  });

  it("lets a device without a bridge change its cable only where network devices can be plugged", () => {
    const own = { nics: { net0: { tag: 20 } } };
    const net0 = "virtio=BC:24:11:00:01:02,tag=10";
    expect(effects(own, { net0 })).toStrictEqual(["live"]);
    expect(effects(own, { net0, hotplug: "disk" })).toStrictEqual(["cold"]);
    expect(effects(own, { net0: `${net0},bridge=vmbr0`, hotplug: "disk" })).toStrictEqual(["live"]);
  });
});
