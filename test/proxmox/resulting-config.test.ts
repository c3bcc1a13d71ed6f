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

test("a fault that was there before stops nothing else", () => {
  const faulty = vmWith({ ...devvm, boot: "order=scsi9", memory: "1024", balloon: "2048" });
  expect(planVm(declare({ options: { name: "x" } }), faulty)).toMatchObject({
    problems: [],
    requests: [{ kind: "config", set: { name: "x" } }],
  });
});
