import { describe, expect, it } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, vmWith } from "./vm.ts";

describe("planVm refuses", () => {
  const own = declare({ drives: { scsi1: { backup: false } } });

  it.each([
    [
      "a slot that holds a CSI driver's disk",
      { scsi1: "local-lvm:vm-9999-pvc-1,size=1G" },
      own,
      "drives.scsi1",
    ],
    ["a disk of another VM", { scsi1: "local-lvm:vm-103-disk-0,size=1G" }, own, "drives.scsi1"],
    ["a path", { scsi1: "/dev/sdb,size=1G" }, own, "drives.scsi1"],
    ["an empty slot without datastore and size", {}, own, "drives.scsi1"],
    ["a CD-ROM", { scsi1: "local:iso/x.iso,media=cdrom" }, own, "drives.scsi1"],
    ["an empty CD-ROM", { scsi1: "none,media=cdrom" }, own, "drives.scsi1"],
    ["a cloud-init drive", { scsi1: "local-lvm:vm-102-cloudinit,media=cdrom" }, own, "drives.scsi1"],
    ["a text that cannot be read", { scsi1: "local-lvm:vm-102-disk-1,ssd=1,ssd=0" }, own, "drives.scsi1"],
    [
      "a foreign slot",
      { scsi1: "local-lvm:vm-102-disk-1,size=1G" },
      declare({ drives: { scsi1: { ssd: true } }, foreignSlots: ["scsi1-29"] }),
      "drives.scsi1",
    ],
    [
      "another datastore than the drive's",
      { scsi1: "local-lvm:vm-102-disk-1,size=1G" },
      declare({ drives: { scsi1: { datastore: "ceph" } } }),
      "drives.scsi1.datastore",
    ],
    [
      "a limit per direction beside a live total",
      { scsi1: "local-lvm:vm-102-disk-1,mbps=50,size=1G" },
      declare({ drives: { scsi1: { mbps_rd: 20 } } }),
      "drives.scsi1.mbps_rd",
    ],
    [
      "a limit above a burst that nobody declared",
      { scsi1: "local-lvm:vm-102-disk-1,mbps_rd=50,mbps_rd_max=100,size=1G" },
      declare({ drives: { scsi1: { mbps_rd: 200 } } }),
      "drives.scsi1.mbps_rd",
    ],
    [
      "native aio beside a buffered cache",
      { scsi1: "local-lvm:vm-102-disk-1,cache=writeback,size=1G" },
      declare({ drives: { scsi1: { aio: "native" } } }),
      "drives.scsi1.aio",
    ],
    [
      "a key that the bus has not",
      { sata1: "local-lvm:vm-102-disk-1,size=1G" },
      declare({ drives: { sata1: { iothread: true } } }),
      "drives.sata1",
    ],
    ["a new network device without a bridge", {}, declare({ nics: { net1: { tag: 10 } } }), "nics.net1"],
    ["a removal that came in as an option", {}, declare({ options: { delete: "scsi1" } }), "options.delete"],
    [
      "a drive that came in as an option",
      {},
      declare({ options: { scsi1: "local-lvm:1" } }),
      "options.scsi1",
    ],
    [
      "the firmware's disk as an option",
      {},
      declare({ options: { efidisk0: "local-lvm:1" } }),
      "options.efidisk0",
    ],
  ])("%s, and then writes nothing at all", (_what, current, declared, path) => {
    const both = { ...declared, options: { onboot: true, ...declared.options } };
    const plan = planVm(both, vmWith(current as Record<string, string>));
    expect(plan.problems.map((mistake) => mistake.path)).toStrictEqual([path]);
    expect(plan.requests).toStrictEqual([]);
  });

  it("writing over a slot whose volume is about to change", () => {
    const current = { scsi1: "local-lvm:vm-102-disk-1,size=1G" };
    const pending = { scsi1: "local-lvm:vm-102-disk-2,size=1G" };
    const plan = planVm(own, vmWith(current, { pending }));
    expect([plan.problems.map(({ path }) => path), plan.requests]).toStrictEqual([["drives.scsi1"], []]);
    const quiet = declare({ drives: { scsi1: { backup: true } } });
    expect(planVm(quiet, vmWith(current, { pending })).problems).toStrictEqual([]);
  });
});
