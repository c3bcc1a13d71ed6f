import { describe, expect, it } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const scsi0 = "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1";

describe("planVm for a drive", () => {
  const capped = (value: number) => declare({ drives: { scsi0: { mbps_rd: value } } });

  it("keeps every other key's text as it is when one cap changes", () => {
    const current = "local-lvm:vm-102-disk-0,foo=bar,iops_rd=+100,mbps_rd=60,mbps_wr=12.50,size=100G";
    expect(planVm(capped(61), vmWith({ scsi0: current })).requests).toStrictEqual([
      { kind: "config", set: { scsi0: current.replace("mbps_rd=60", "mbps_rd=61") } },
    ]);
  });

  it.each([
    [
      "a new value",
      scsi0.replace("discard=on,", "cache=writeback,discard=on,"),
      { key: "cache", to: "writeback" },
    ],
    ["a removal", scsi0.replace("discard=on,", ""), { key: "discard", from: "on" }],
    [
      "an explicit default",
      scsi0.replace("discard=on,", "cache=none,discard=on,"),
      { key: "cache", to: "none" },
    ],
  ])("lets a live change wait beside what somebody else left pending: %s", (_, theirs, other) => {
    const first = planVm(capped(70), vmWith(devvm, { pending: { scsi0: theirs } }));
    const merged = theirs.replace("mbps_rd=60", "mbps_rd=70");
    expect(first.requests).toStrictEqual([{ kind: "config", set: { scsi0: merged } }]);
    expect(first.changes).toStrictEqual([
      { path: "drives.scsi0.mbps_rd", from: "60", to: "70", effect: "cold" },
    ]);
    expect(first.held).toStrictEqual([{ key: "scsi0", path: "drives.scsi0", others: [other] }]);

    const end = planVm(capped(70), vmWith(devvm, { pending: { scsi0: merged } }));
    expect(end.requests).toStrictEqual([]);
    expect(end.waiting).toStrictEqual(first.changes);
    expect(end.held).toStrictEqual(first.held);
  });

  it("does not call a live change held once QEMU has it, nor one beside another's pending change that can be live", () => {
    const theirs = scsi0.replace("discard=on,", "cache=writeback,discard=on,");
    expect(planVm(capped(60), vmWith(devvm, { pending: { scsi0: theirs } })).held).toStrictEqual([]);

    const stuck = scsi0.replace("mbps_rd=60,mbps_wr=60", "iops_rd=500,mbps_rd=60,mbps_wr=80");
    const plan = planVm(capped(70), vmWith(devvm, { pending: { scsi0: stuck } }));
    const both = stuck.replace("mbps_rd=60", "mbps_rd=70");
    expect(plan.held).toStrictEqual([]);
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { scsi0: both } }]);
    expect(plan.changes.map(({ effect }) => effect)).toStrictEqual(["live"]);
  });

  it("writes for now and for later when only declared values wait, with what others left pending that can be live", () => {
    const own = declare({ drives: { scsi0: { mbps_rd: 70, discard: "ignore" } } });
    const pending = { scsi0: scsi0.replace("discard=on,", "discard=ignore,iops_rd=500,") };
    const live = scsi0.replace("mbps_rd=60", "mbps_rd=70");
    expect(planVm(own, vmWith(devvm, { pending })).requests).toStrictEqual([
      { kind: "config", set: { scsi0: live.replace("discard=on,", "discard=on,iops_rd=500,") } },
      { kind: "config", set: { scsi0: pending.scsi0.replace("mbps_rd=60", "mbps_rd=70") } },
    ]);
  });

  it.each([
    ["iothread=on", "iothread=1"],
    ["iothread=yes,ssd=TRUE", "iothread=1,ssd=1"],
    ["iops_rd=500.0", "iops_rd=500"],
  ])("takes %s for %s where somebody else left it pending: nothing of theirs waits", (typed, stored) => {
    const rest = "local-lvm:vm-102-disk-0,mbps_rd=60,size=100G";
    const pending = { scsi0: `${rest},aio=threads,${stored}` };
    const own = declare({ drives: { scsi0: { mbps_rd: 70, aio: "threads" } } });
    const plan = planVm(own, vmWith({ ...devvm, scsi0: `${rest},${typed}` }, { pending }));
    expect(plan.held).toStrictEqual([]);
    expect(plan.changes).toStrictEqual([
      { path: "drives.scsi0.mbps_rd", from: "60", to: "70", effect: "live" },
    ]);
  });

  it.each(["on", "yes", "1"])(
    "leaves the pending removal of iothread=%s alone that is somebody else's",
    (value) => {
      const rest = "local-lvm:vm-102-disk-0,mbps_rd=60,size=100G";
      const vm = vmWith({ ...devvm, scsi0: `${rest},iothread=${value}` }, { pending: { scsi0: rest } });
      expect(planVm(capped(70), vm).requests).toStrictEqual([
        { kind: "config", set: { scsi0: rest.replace("mbps_rd=60", "mbps_rd=70") } },
      ]);
    },
  );

  it("keeps what somebody else changed live between two of our requests, now and later", () => {
    const own = declare({ drives: { scsi0: { mbps_rd: 70, discard: "ignore" } } });
    const first = planVm(own, vmWith(devvm));
    const live = scsi0.replace("mbps_rd=60", "mbps_rd=70");
    expect(first.requests[0]).toStrictEqual({ kind: "config", set: { scsi0: live } });

    const theirs = live.replace("mbps_rd=70,mbps_wr=60", "iops_rd=500,mbps_rd=70,mbps_wr=80");
    const second = planVm(own, vmWith({ ...devvm, scsi0: theirs }));
    expect(second.requests).toStrictEqual([
      { kind: "config", set: { scsi0: theirs.replace("discard=on", "discard=ignore") } },
    ]);
  });

  it("says of a cap that a failed write left pending that it is pending, and sends the same text again", () => {
    const pending = { scsi0: scsi0.replace("mbps_rd=60", "mbps_rd=70") };
    const plan = planVm(capped(70), vmWith(devvm, { pending }));
    expect(plan.changes).toStrictEqual([
      { path: "drives.scsi0.mbps_rd", from: "60", to: "70", effect: "live", pending: true },
    ]);
    expect(plan.requests).toStrictEqual([{ kind: "config", set: pending }]);
  });

  it("takes back another's pending value of an owned key by writing the current string, which ends the pending", () => {
    const own = declare({ drives: { scsi0: { discard: "on" } } });
    const pending = { scsi0: scsi0.replace("discard=on", "discard=ignore") };
    const plan = planVm(own, vmWith(devvm, { pending }));
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { scsi0 } }]);
    expect(plan.changes).toStrictEqual([
      { path: "drives.scsi0.discard", from: "ignore", to: "on", effect: "live" },
    ]);
  });

  it("keeps a declared drive that somebody else's hand left to be removed", () => {
    const plan = planVm(capped(60), vmWith(devvm, { deletes: ["scsi0"] }));
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { scsi0 } }]);
    expect(plan.changes).toStrictEqual([{ path: "drives.scsi0", to: scsi0, effect: "live" }]);
  });

  it("writes an explicit aio even where Proxmox's usual default is the same", () => {
    const own = declare({ drives: { scsi0: { aio: "io_uring" } } });
    expect(planVm(own, vmWith(devvm)).changes).toStrictEqual([
      { path: "drives.scsi0.aio", to: "io_uring", effect: "cold" },
    ]);
  });

  it("calls a change of serial, werror and detect_zeroes invisible", () => {
    const own = declare({ drives: { scsi0: { serial: "A1", werror: "stop", detect_zeroes: false } } });
    const plan = planVm(own, vmWith(devvm));
    expect(plan.changes.map(({ effect }) => effect)).toStrictEqual(["invisible", "invisible", "invisible"]);
    expect(plan.requests).toHaveLength(1);
  });

  it("allocates a declared slot that is empty, with all its options", () => {
    const own = declare({
      drives: { scsi1: { datastore: "local-lvm", size: "32G", iothread: true, ssd: true, mbps_rd: 60 } },
    });
    expect(planVm(own, vmWith(devvm)).requests).toStrictEqual([
      { kind: "config", set: { scsi1: "local-lvm:32,iothread=1,mbps_rd=60,ssd=1" } },
    ]);
  });

  it.each([
    ["scsi1", "network,disk,usb", "live"],
    ["virtio1", "network,disk,usb", "live"],
    ["sata1", "network,disk,usb", "cold"],
    ["scsi1", "network", "cold"],
  ])("calls a new drive on %s with hotplug %s %s", (slot, hotplug, effect) => {
    const own = declare({ drives: { [slot]: { datastore: "local-lvm", size: "1536M" } } });
    const plan = planVm(own, vmWith({ ...devvm, hotplug }));
    expect(plan.requests).toStrictEqual([{ kind: "config", set: { [slot]: "local-lvm:1.5" } }]);
    expect(plan.changes).toStrictEqual([
      { path: `drives.${slot}`, to: "a new, empty disk of 1536M on local-lvm", effect },
    ]);
  });

  it.each([
    ["the boot order", { boot: "order=scsi0;scsi1" }, "the boot order names it"],
    ["a boot disk of the old form", { bootdisk: "scsi1" }, undefined],
    ["a boot disk of the old form alone", { boot: "cdn", bootdisk: "scsi1" }, "the boot order names it"],
    ["a disk aside", { unused3: "local-lvm:vm-102-disk-3" }, "unused3 is local-lvm:vm-102-disk-3"],
    ["another VM's disk aside", { unused3: "local-lvm:vm-9-disk-3" }, undefined],
  ])("makes no new disk where %s speaks for one", (_what, more, sign) => {
    const own = declare({ drives: { scsi1: { datastore: "local-lvm", size: "8G" } } });
    const { requests, problems } = planVm(own, vmWith({ ...devvm, ...more }));
    expect(requests).toHaveLength(sign === undefined ? 1 : 0);
    expect(problems.map(({ reason }) => reason)).toStrictEqual(
      sign === undefined ? [] : [expect.stringContaining(`(got ${sign}); allowed`)],
    );
  });

  it("says of a declared drive that is not there what speaks for it, before it says how to make one", () => {
    const own = declare({ drives: { scsi0: { mbps_rd: 60 } } });
    const { scsi0: _gone, ...rest } = devvm;
    const { problems } = planVm(own, vmWith(rest));
    expect(problems.map(({ reason }) => reason)).toStrictEqual([
      expect.stringContaining("(got the boot order names it); allowed"),
    ]);
  });

  it("does not allocate again for a drive that is still pending", () => {
    const own = declare({ drives: { sata1: { datastore: "local-lvm", size: "32G", ssd: true } } });
    const pending = { sata1: "local-lvm:vm-102-disk-1,size=32G,ssd=1" };
    const plan = planVm(own, vmWith(devvm, { pending }));
    expect(plan.requests).toStrictEqual([]);
    expect(plan.waiting).toStrictEqual([
      { path: "drives.sata1", to: pending.sata1, effect: "cold" },
      { path: "drives.sata1.ssd", to: "1", effect: "cold" },
    ]);
  });
});

describe("planVm for a drive's size", () => {
  const sized = (size: string, rest = {}) => declare({ drives: { scsi0: { size, ...rest } } });

  it.each(["100G", "102400M", "100GiB"])("writes nothing when %s is what the drive has", (size) => {
    expect(planVm(sized(size), vmWith(devvm)).requests).toStrictEqual([]);
  });

  it("grows to an absolute size", () => {
    const plan = planVm(sized("128G"), vmWith(devvm));
    expect(plan.requests).toStrictEqual([{ kind: "resize", slot: "scsi0", size: "128G" }]);
    expect(plan.changes).toStrictEqual([
      { path: "drives.scsi0.size", from: "100G", to: "128G", effect: "live" },
    ]);
  });

  it("grows after the live things and before the cold ones, so that no pending text keeps the old size", () => {
    const plan = planVm(sized("128G", { mbps_rd: 70, cache: "writeback" }), vmWith(devvm));
    expect(
      plan.requests.map((request) => (request.kind === "config" ? Object.keys(request.set) : request)),
    ).toStrictEqual([["scsi0"], { kind: "resize", slot: "scsi0", size: "128G" }, ["scsi0"]]);
  });

  it("refuses to shrink", () => {
    expect(planVm(sized("64G"), vmWith(devvm))).toMatchObject({
      requests: [],
      problems: [
        {
          path: "drives.scsi0.size",
          reason:
            "the drive has 100G and drives do not shrink (got 64G); allowed is 100G or more; correct size",
        },
      ],
    });
  });

  it("writes a pending text anew that would bring the old size back, without a size, for Proxmox skips an equal text", () => {
    const grown = scsi0.replace("100G", "128G");
    const pending = { scsi0: scsi0.replace("discard=on", "discard=ignore") };
    const plan = planVm(sized("128G"), vmWith({ ...devvm, scsi0: grown }, { pending }));
    expect(plan.requests).toStrictEqual([
      { kind: "config", set: { scsi0: pending.scsi0.replace(",size=100G", "") } },
    ]);
  });

  it("takes nothing away that waits for the sake of an old size: the cold start brings the right one", () => {
    const pending = { scsi0: scsi0.replace("discard=on", "discard=ignore").replace("100G", "128G") };
    const plan = planVm(sized("128G"), vmWith(devvm, { pending }));
    expect([plan.changes, plan.requests, plan.waiting]).toStrictEqual([[], [], []]);
  });

  it("asks the storage of a drive that is to grow, and believes it rather than the config", () => {
    const plan = planVm(sized("128G"), vmWith(devvm));
    expect(plan.storages).toStrictEqual(["local-lvm"]);
    const told = (gib: number) =>
      planVm(sized("128G"), vmWith(devvm), {
        volumes: { "local-lvm": { "local-lvm:vm-102-disk-0": gib * 2 ** 30 } },
      });
    expect(told(128).requests).toStrictEqual([
      { kind: "config", set: { scsi0: scsi0.replace(",size=100G", "") } },
    ]);
    expect(told(100).requests).toStrictEqual([{ kind: "resize", slot: "scsi0", size: "128G" }]);
    expect(told(256).problems).toMatchObject([{ path: "drives.scsi0.size" }]);
  });

  it("grows no drive whose slot another volume waits to take", () => {
    const pending = { scsi0: "local-lvm:vm-102-disk-7,size=8G" };
    const plan = planVm(sized("128G"), vmWith(devvm, { pending }));
    expect([plan.requests, plan.problems.map(({ path }) => path)]).toStrictEqual([[], ["drives.scsi0"]]);
  });

  it("says so when the drive to grow is only pending, or its size is unknown", () => {
    const own = declare({ drives: { scsi1: { size: "64G" } } });
    const onlyPending = vmWith(devvm, { pending: { scsi1: "local-lvm:vm-102-disk-1,size=32G" } });
    expect(planVm(own, onlyPending).problems.map(({ path }) => path)).toStrictEqual(["drives.scsi1.size"]);
    const unsized = vmWith({ scsi1: "local-lvm:vm-102-disk-1" });
    expect(planVm(own, unsized).problems[0]?.reason).toContain("qm disk rescan");
  });
});

describe("planVm for a drive whose volume is not the VM's by its place", () => {
  const capped = (slot = "scsi1") => declare({ drives: { [slot]: { mbps_rd: 40 } } });

  it.each([
    "local:102/data.qcow2,size=8G",
    "local:102/vm-200-disk-0.qcow2,size=8G",
    "local:9000/base-9000-disk-0.qcow2/102/vm-102-disk-0.qcow2,size=8G",
    "san:0.0.0.scsi-360014051234,size=8G",
    "san:lun4,size=8G",
  ])("caps %s, which Proxmox lets a token write", (text) => {
    expect(planVm(capped(), vmWith({ ...devvm, scsi1: text })).requests).toStrictEqual([
      { kind: "config", set: { scsi1: text.replace(",size", ",mbps_rd=40,size") } },
    ]);
  });

  it.each([
    ["local:200/vm-102-disk-0.qcow2", "allowed is a volume of VM 102"],
    ["local:102/base-102-disk-0.qcow2/200/vm-102-disk-0.qcow2", "allowed is a volume of VM 102"],
    ["/dev/disk/by-id/vm-102-disk-0", "only root@pam may write a drive that is given by its path"],
    ["local:iso/vm-102-disk-0.iso", "Proxmox takes an ISO image only with media=cdrom"],
  ])("does not write %s", (text, why) => {
    const plan = planVm(capped(), vmWith({ ...devvm, scsi1: text }));
    expect([plan.requests, plan.problems.map(({ path }) => path)]).toStrictEqual([[], ["drives.scsi1"]]);
    expect(plan.problems[0]?.reason).toContain(why);
  });

  it("does not grow a LUN, which no Proxmox can", () => {
    const own = declare({ drives: { scsi1: { size: "16G" } } });
    const plan = planVm(own, vmWith({ ...devvm, scsi1: "san:lun4,size=8G" }));
    expect(plan.requests).toStrictEqual([]);
    expect(plan.problems).toMatchObject([{ path: "drives.scsi1.size" }]);
  });
});

describe("planVm for a drive with scsiblock", () => {
  const passed = "san:lun4,mbps_rd=40,scsiblock=1,size=8G";

  it("refuses declared caps, which QEMU cannot keep, even where the text has them already", () => {
    const own = declare({ drives: { scsi1: { mbps_rd: 40 } } });
    const plan = planVm(own, vmWith({ ...devvm, scsi1: passed }));
    expect([plan.requests, plan.problems]).toMatchObject([
      [],
      [{ path: "drives.scsi1.mbps_rd", reason: expect.stringContaining("scsiblock") }],
    ]);
  });

  it("takes caps together with an end of scsiblock, and a cap of 0 beside it", () => {
    const ended = declare({ drives: { scsi1: { mbps_rd: 40, scsiblock: false } } });
    expect(planVm(ended, vmWith({ ...devvm, scsi1: passed })).problems).toStrictEqual([]);
    const none = declare({ drives: { scsi1: { mbps_rd: 0 } } });
    expect(planVm(none, vmWith({ ...devvm, scsi1: passed })).problems).toStrictEqual([]);
  });
});
