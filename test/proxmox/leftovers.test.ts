import { describe, expect, it, test } from "vitest";
import { checkDeclared } from "../../proxmox/check-declared.ts";
import { diffDeclared } from "../../proxmox/diff-declared.ts";
import { observeDeclared } from "../../proxmox/observe.ts";
import { planVm } from "../../proxmox/plan.ts";
import { threeWay } from "../../proxmox/three-way.ts";
import { declare, vmWith } from "./vm.ts";

const disk = "local-lvm:vm-102-disk-0,size=8G";

describe("what is left over beside a declared key that it cannot stand beside", () => {
  it.each([
    [
      "a gateway, when the address becomes dhcp",
      { options: { ipconfig0: { ip: "dhcp" } } },
      "ipconfig0",
      "gw=192.0.2.1,ip=192.0.2.7/24",
      "ip=dhcp",
    ],
    [
      "a gateway, when the address goes",
      { absent: ["options.ipconfig0.ip"] },
      "ipconfig0",
      "gw=192.0.2.1,ip=192.0.2.7/24,ip6=auto",
      "ip6=auto",
    ],
    [
      "a gateway of IPv6, when its address becomes auto",
      { options: { ipconfig1: { ip6: "auto" } } },
      "ipconfig1",
      "gw=192.0.2.1,gw6=2001:db8::1,ip=192.0.2.7/24,ip6=2001:db8::7/64",
      "gw=192.0.2.1,ip=192.0.2.7/24,ip6=auto",
    ],
    [
      "a gateway in a text declared as a whole",
      { options: { ipconfig0: "ip=dhcp" } },
      "ipconfig0",
      "gw=192.0.2.1,ip=192.0.2.7/24",
      "ip=dhcp",
    ],
    [
      "a mapping, when the port becomes spice",
      { options: { usb0: { host: "spice" } } },
      "usb0",
      "mapping=key,usb3=1",
      "spice,usb3=1",
    ],
    [
      "spice, when the port becomes a mapping",
      { options: { usb0: { mapping: "key" } } },
      "usb0",
      "spice,usb3=1",
      "mapping=key,usb3=1",
    ],
    [
      "a burst and its length, when the limit is lifted",
      { drives: { scsi0: { mbps_wr: 0 } } },
      "scsi0",
      `${disk},bps_wr_max_length=5,mbps_wr=60,mbps_wr_max=90`,
      `local-lvm:vm-102-disk-0,mbps_wr=0,size=8G`,
    ],
    [
      "a burst, when the limit goes",
      { absent: ["drives.scsi0.iops_rd"] },
      "scsi0",
      `${disk},iops_rd=60,iops_rd_max=90`,
      disk,
    ],
    [
      "a length, when the burst is lifted",
      { drives: { scsi0: { mbps_max: 0 } } },
      "scsi0",
      `${disk},bps_max_length=5,mbps=60,mbps_max=90`,
      `local-lvm:vm-102-disk-0,mbps=60,mbps_max=0,size=8G`,
    ],
    [
      "an address width, when the viommu goes",
      { absent: ["options.machine.viommu"] },
      "machine",
      "q35,aw-bits=48,viommu=intel",
      "q35",
    ],
  ] as const)("goes with it: %s", (_what, parts, key, text, wanted) => {
    const current = { scsi0: disk, ostype: "l26", [key]: text };
    for (const running of [true, false]) {
      const plan = planVm(declare(parts), vmWith(current, { running }));
      expect(plan.problems).toStrictEqual([]);
      expect(plan.requests).toStrictEqual([{ kind: "config", set: { [key]: wanted } }]);
    }
    const after = vmWith({ ...current, [key]: wanted });
    expect(planVm(declare(parts), after).requests).toStrictEqual([]);
    expect(observeDeclared(declare(parts), after)).toStrictEqual(declare(parts));
  });

  it("is told as a change of its own, and owned neither in the count nor in the difference of declarations", () => {
    const before = declare({ drives: { scsi0: { mbps_rd: 60 } } });
    const after = declare({ drives: { scsi0: { mbps_rd: 0 } } });
    const current = { scsi0: `${disk},bps_rd_max_length=5,mbps_rd=60,mbps_rd_max=90` };
    const { drifted, owned } = threeWay(after, vmWith(current));
    expect(drifted.map(({ path, configured, declared }) => [path, configured, declared])).toStrictEqual([
      ["drives.scsi0.mbps_rd", "60", "0"],
      ["drives.scsi0.mbps_rd_max", "90", null],
      ["drives.scsi0.bps_rd_max_length", "5", null],
    ]);
    expect(owned).toBe(1);
    expect(diffDeclared(before, after)).toStrictEqual([
      { path: "drives.scsi0.mbps_rd", kind: "update", from: "60", to: "0", effect: "live" },
    ]);
  });

  it("is drift when somebody sets it again, which the next declaration takes back", () => {
    const declared = declare({ options: { ipconfig0: { ip: "dhcp" } } });
    const seen = observeDeclared(declared, vmWith({ ipconfig0: "gw=192.0.2.1,ip=dhcp" }));
    expect(seen.options).toStrictEqual({ ipconfig0: { ip: "dhcp", gw: "192.0.2.1" } });
    expect(diffDeclared(seen, declared)).toStrictEqual([
      { path: "options.ipconfig0.gw", kind: "update", from: "192.0.2.1", effect: "invisible" },
    ]);
  });

  it("stays where the key it depends on is somebody else's", () => {
    const declared = declare({ options: { ipconfig0: { ip6: "2001:db8::7/64" } } });
    const plan = planVm(declared, vmWith({ ipconfig0: "gw=192.0.2.1,ip=192.0.2.7/24" }));
    expect(plan.requests).toStrictEqual([
      { kind: "config", set: { ipconfig0: "gw=192.0.2.1,ip=192.0.2.7/24,ip6=2001:db8::7/64" } },
    ]);
  });
});

describe("a text that Proxmox would take and not act on, or not start with", () => {
  it.each([
    [
      "a gateway without an address",
      { options: { ipconfig0: { gw: "192.0.2.1" } } },
      { ipconfig0: "ip6=auto" },
      "options.ipconfig0.gw",
      "a gateway without ip, its address",
    ],
    [
      "a gateway beside somebody else's dhcp",
      { options: { ipconfig0: { gw: "192.0.2.1" } } },
      { ipconfig0: "ip=dhcp" },
      "options.ipconfig0.gw",
      "a gateway beside ip = dhcp",
    ],
    [
      "a USB port that is nothing any more",
      { absent: ["options.usb0.host"] },
      { usb0: "host=1-2,usb3=1" },
      "options.usb0.host",
      "neither host nor mapping",
    ],
    [
      "Intel's viommu on another machine",
      { options: { machine: "pc" } },
      { machine: "q35,viommu=intel" },
      "options.machine",
      "viommu intel on another machine than q35",
    ],
    [
      "a width that Intel's viommu has not",
      { options: { machine: { "aw-bits": 40 } } },
      { machine: "q35,viommu=intel" },
      "options.machine.aw-bits",
      "an address width that viommu intel does not have",
    ],
    [
      "a clipboard on a display without one",
      { options: { vga: { type: "serial0" } } },
      { vga: "qxl,clipboard=vnc" },
      "options.vga.type",
      "a display that has no VNC clipboard",
    ],
    [
      "host nodes without a policy",
      { absent: ["options.numa0.policy"] },
      { numa0: "cpus=0-1,hostnodes=0,policy=bind" },
      "options.numa0.policy",
      "hostnodes without a policy",
    ],
    [
      "an MTU that IP does not allow",
      { nics: { net0: { mtu: 500 } } },
      { net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0" },
      "nics.net0.mtu",
      "below the least that IP allows",
    ],
    [
      "old graphics beside a new way",
      { options: { hostpci0: { "legacy-igd": true } } },
      { hostpci0: "0000:00:02.0,x-vga=1" },
      "options.hostpci0.legacy-igd",
      "legacy-igd beside x-vga = 1",
    ],
    [
      "a mediated device of several functions",
      { options: { hostpci0: { mdev: "i915" } } },
      { hostpci0: "0000:00:02.0;0000:00:02.1" },
      "options.hostpci0.mdev",
      "a mediated device of several functions",
    ],
  ] as const)("is refused, and the key named: %s", (_what, parts, current, path, wrong) => {
    const plan = planVm(
      declare({ ...parts, options: { onboot: true, ...(parts as { options?: object }).options } }),
      vmWith(current),
    );
    expect(plan.requests).toStrictEqual([]);
    expect(plan.problems.map((one) => one.path)).toStrictEqual([path]);
    expect(plan.problems[0]?.reason).toContain(wrong);
  });

  it("is not refused where all of it is somebody else's", () => {
    const declared = declare({ options: { ipconfig0: { ip6: "dhcp" } } });
    expect(planVm(declared, vmWith({ ipconfig0: "gw=192.0.2.1,ip=dhcp" })).problems).toStrictEqual([]);
  });
});

test.each([
  [{ ipconfig0: { ip: "dhcp", gw: "192.0.2.1" } }, "options.ipconfig0.gw"],
  [{ ipconfig0: { ip6: "auto", gw6: "2001:db8::1" } }, "options.ipconfig0.gw6"],
  [{ usb0: { host: "spice", mapping: "key" } }, "options.usb0.host"],
  [{ hostpci1: { host: "0000:06:00.0", mapping: "gpu" } }, "options.hostpci1.host"],
])(
  "a declaration that could only become such a text is refused without asking Proxmox: %j",
  (options, path) => {
    expect(checkDeclared(declare({ options })).map((one) => one.path)).toStrictEqual([path]);
  },
);

test("a declaration that says a part of a text is judged with the rest, which the VM has", () => {
  const options = { ipconfig0: { gw: "192.0.2.1" }, usb0: { usb3: true }, machine: { "aw-bits": 48 } };
  expect(checkDeclared(declare({ options }))).toStrictEqual([]);
});
