import { describe, expect, it, test } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, vmWith } from "./vm.ts";

/** What Proxmox takes from root@pam alone (answers of qemu-server 9.2.6 to a user with every privilege). */
const refused = [
  ["a PCI address", { hostpci0: { host: "0000:09:00.0" } }, {}, "hostpci0.host", "--hostpci0 0000:09:00.0"],
  [
    "a mapping in place of an address",
    { hostpci0: { mapping: "gpu" } },
    { hostpci0: "0000:09:00.0,pcie=1" },
    "hostpci0.host",
    "--hostpci0 mapping=gpu,pcie=1",
  ],
  [
    "another key beside an address",
    { hostpci0: { "x-vga": true } },
    { hostpci0: "0000:09:00.0" },
    "hostpci0.host",
    "--hostpci0 0000:09:00.0,x-vga=1",
  ],
  [
    "a romfile",
    { hostpci3: { romfile: "card.bin" } },
    { hostpci3: "mapping=gpu" },
    "hostpci3.romfile",
    "--hostpci3 mapping=gpu,romfile=card.bin",
  ],
  [
    "another key beside a romfile",
    { hostpci3: { pcie: true } },
    { hostpci3: "mapping=gpu,romfile=card.bin" },
    "hostpci3.romfile",
    "--hostpci3 mapping=gpu,pcie=1,romfile=card.bin",
  ],
  ["a USB port", { usb2: { host: "2-1.3" } }, {}, "usb2.host", "--usb2 2-1.3"],
  ["a USB device by number", { usb2: { host: "046d:c52b" } }, {}, "usb2.host", "--usb2 046d:c52b"],
  [
    "spice in place of a USB port",
    { usb2: { host: "spice" } },
    { usb2: "2-1.3" },
    "usb2.host",
    "--usb2 spice",
  ],
  ["a serial device", { serial1: "/dev/ttyS1" }, {}, "serial1", "--serial1 /dev/ttyS1"],
  [
    "a socket in place of one",
    { serial1: "socket" },
    { serial1: "/dev/ttyS1" },
    "serial1",
    "--serial1 socket",
  ],
  ["args", { args: "-cpu host -name 'x y'" }, {}, "args", "--args '-cpu host -name '\\''x y'\\'''"],
  ["a parallel port", { parallel0: "/dev/parport0" }, {}, "parallel0", "--parallel0 /dev/parport0"],
  ["affinity", { affinity: "0-3" }, { affinity: "0-1" }, "affinity", "--affinity 0-3"],
  ["hugepages", { hugepages: "2" }, {}, "hugepages", "--hugepages 2"],
  [
    "a hookscript",
    { hookscript: "local:snippets/h.pl" },
    {},
    "hookscript",
    "--hookscript local:snippets/h.pl",
  ],
  ["shared memory", { ivshmem: { size: 32 } }, {}, "ivshmem", "--ivshmem size=32"],
] as const;

describe("what root@pam alone may write", () => {
  it.each(refused)("is refused before anything is sent: %s", (_what, options, current, part, command) => {
    const declared = declare({ options: { ...options, onboot: true } });
    const plan = planVm(declared, vmWith(current, { running: true }));
    expect(plan.requests).toStrictEqual([]);
    expect(plan.problems.map(({ path }) => path)).toStrictEqual([`options.${part}`]);
    expect(plan.problems[0]?.reason).toContain(`have root run once: qm set 102 ${command}`);
  });

  it.each(refused)("is fine once the VM has it: %s", (_what, options, current, _part, command) => {
    const [, key = "", quoted = ""] = /^--(\S+) (.*)$/.exec(command) ?? [];
    const text = quoted.replace(/^'|'$/g, "").replaceAll("'\\''", "'");
    const declared = declare({ options });
    const plan = planVm(declared, vmWith({ ...current, [key]: text }, { running: true }));
    expect(plan).toMatchObject({ problems: [], requests: [], changes: [] });
  });
});

test.each([
  [{ hostpci0: { mapping: "gpu" } }, { hostpci0: "mapping=tape,pcie=1" }],
  [{ usb0: { host: "spice" } }, { usb0: "mapping=key" }],
  [{ usb0: { mapping: "key" } }, { usb0: "SPICE" }],
  [{ serial0: "socket" }, {}],
] as const)("what a token may write is planned: %j on %j", (options, current) => {
  const plan = planVm(declare({ options }), vmWith(current));
  expect(plan.problems).toStrictEqual([]);
  expect(plan.requests).toHaveLength(1);
});

test("a key that must be absent, and that root has set, names the command that takes it away", () => {
  const plan = planVm(declare({ absent: ["options.args"] }), vmWith({ args: "-no-hpet" }));
  expect(plan.problems).toStrictEqual([
    {
      path: "options.args",
      reason:
        "the VM has this option, which only root@pam may change, and no API token is root (got -no-hpet); allowed is what the VM has; have root run once: qm set 102 --delete args",
    },
  ]);
});

test("the message names the address, the reason and both ways out", () => {
  const plan = planVm(declare({ options: { hostpci0: { host: "0000:09:00.0" } } }), vmWith({}));
  expect(plan.problems[0]?.reason).toBe(
    "only root@pam may write a PCI device by its address, and no API token is root (got 0000:09:00.0); allowed is a resource mapping; map the device under Datacenter > Resource Mappings and declare mapping, or have root run once: qm set 102 --hostpci0 0000:09:00.0",
  );
});
