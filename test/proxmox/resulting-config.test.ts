import { expect, test } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const reasons = (...[declared, snapshot]: Parameters<typeof planVm>) =>
  planVm(declared, snapshot).problems.map(({ path, reason }) => `${path}: ${reason}`);

test("a boot device that the VM will not have is refused in the plan, by its name", () => {
  expect(reasons(declare({ options: { boot: { order: "scsi0;scsi7" }, name: "x" } }), vmWith(devvm))).toEqual(
    [
      "options.boot.order: a device that the VM will not have (got scsi7); allowed are its drives, network devices, usb and hostpci devices; declare the device, or take it out of the boot order",
    ],
  );
});

test("a boot device that the same plan brings, or that waits already, is one", () => {
  const boot = { boot: { order: "scsi0;net1;sata1" } };
  const nics = { net1: { bridge: "vmbr0" } };
  const waits = vmWith(devvm, { pending: { sata1: "local-lvm:vm-102-disk-5,size=4G" } });
  expect(reasons(declare({ options: boot, nics }), waits)).toEqual([]);
});

test("a boot device that waits to be removed is none", () => {
  const waits = vmWith({ ...devvm, ide2: "none,media=cdrom" }, { deletes: ["ide2"] });
  expect(reasons(declare({ options: { boot: { order: "scsi0;ide2" } } }), waits)).toEqual([
    expect.stringContaining("(got ide2)"),
  ]);
});

test("a balloon above the memory that the VM will have is refused, whichever of the two is declared", () => {
  const small = vmWith({ ...devvm, memory: "4096", balloon: "2048" });
  expect(reasons(declare({ options: { balloon: 6000 } }), small)).toEqual([
    "options.balloon: more than the memory, 4096 MiB (got 6000); allowed is 0 to 4096; lower the balloon's target, or raise the memory",
  ]);
  expect(reasons(declare({ options: { memory: 1024 } }), small)).toEqual([
    expect.stringContaining("more than the memory, 1024 MiB (got 2048)"),
  ]);
  expect(reasons(declare({ options: { memory: 8192, balloon: 6000 } }), small)).toEqual([]);
  expect(reasons(declare({ options: { balloon: 0 } }), small)).toEqual([]);
});

test.each([
  ["growth to between two modules", { memory: "2048" }, 2100, "allowed is 2048 or 2560"],
  ["shrinking to between two modules", { memory: "4096" }, 2100, "allowed is 2048 or 2560"],
  ["less than what a VM has without modules", { memory: "2048" }, 512, "allowed is 1024"],
  ["modules of 1 GiB beyond the first 32", { memory: "17408" }, 17_920, "allowed is 17408 or 18432"],
  [
    "huge pages of 1 GiB",
    { memory: "4096", hugepages: "1024", sockets: "2" },
    2560,
    "allowed is 2048 or 3072",
  ],
])("memory that cannot be plugged is refused, running and stopped: %s", (_case, config, memory, allowed) => {
  const plugs = { ...devvm, hotplug: "disk,memory", numa: "1", ...config };
  for (const running of [true, false]) {
    expect(reasons(declare({ options: { memory } }), vmWith(plugs, { running }))).toEqual([
      `options.memory: memory that this VM cannot have, since hotplug has memory and modules have a fixed size (got ${memory}); ${allowed}; declare a size that it can have, or take memory out of hotplug`,
    ]);
  }
});

test("memory of whole modules, and any memory of a VM that has none, is taken", () => {
  const plugs = { ...devvm, hotplug: "memory", memory: "2048" };
  for (const memory of [1024, 2560, 4096, 17_408, 18_432]) {
    expect(reasons(declare({ options: { memory } }), vmWith(plugs))).toEqual([]);
  }
  expect(reasons(declare({ options: { memory: 2100 } }), vmWith({ ...devvm, memory: "2048" }))).toEqual([]);
});

test("memory that stays odd when memory hotplug is turned on or off is judged by the config that will be", () => {
  const odd = { ...devvm, memory: "2100" };
  expect(reasons(declare({ options: { hotplug: "memory" } }), vmWith(odd, { running: false }))).toHaveLength(
    1,
  );
  const plugs = vmWith({ ...odd, hotplug: "memory" }, { running: false });
  expect(reasons(declare({ options: { hotplug: "disk", memory: 2200 } }), plugs)).toEqual([]);
});

test("more virtual CPUs than the VM can have are refused; where they are plugged, by what QEMU runs with", () => {
  const four = { ...devvm, sockets: "2", cores: "2", vcpus: "2" };
  const plugs = { ...four, hotplug: "cpu" };
  expect(reasons(declare({ options: { vcpus: 5 } }), vmWith(four))).toEqual([
    "options.vcpus: more than sockets times cores (got 5); allowed is 1 to 4; lower it, or raise the cores before: they take a cold stop and start",
  ]);
  expect(
    reasons(declare({ options: { cores: 1, vcpus: 3 } }), vmWith(four, { running: false })),
  ).toHaveLength(1);
  expect(reasons(declare({ options: { cores: 4, vcpus: 8 } }), vmWith(plugs))).toEqual([
    "options.vcpus: more CPUs than QEMU was started with (got 8); allowed is 1 to 4; lower it, or raise the cores before: they take a cold stop and start",
  ]);
  expect(reasons(declare({ options: { cores: 4, vcpus: 8 } }), vmWith(four))).toEqual([]);
  expect(reasons(declare({ options: { vcpus: 4 } }), vmWith(plugs))).toEqual([]);
});

test("a fault that was there before stops nothing else", () => {
  const faulty = vmWith({ ...devvm, boot: "order=scsi9", memory: "1024", balloon: "2048" });
  expect(planVm(declare({ options: { name: "x" } }), faulty)).toMatchObject({
    problems: [],
    requests: [{ kind: "config", set: { name: "x" } }],
  });
});
