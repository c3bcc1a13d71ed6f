import { describe, expect, it } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

function decided(cap: number) {
  return declare({
    options: { scsihw: "virtio-scsi-single" },
    drives: { scsi0: { iothread: true, aio: "threads", mbps_rd: cap, mbps_wr: cap } },
    foreignSlots: ["scsi1-29"],
  });
}

describe("planVm for the VM of the incident", () => {
  it("sends controller and drive in one request when the caps are right already", () => {
    const plan = planVm(decided(60), vmWith(devvm));
    expect(plan.problems).toStrictEqual([]);
    expect(plan.requests).toStrictEqual([
      {
        kind: "config",
        set: {
          scsihw: "virtio-scsi-single",
          scsi0:
            "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
        },
      },
    ]);
    expect(plan.changes).toStrictEqual([
      { path: "options.scsihw", to: "virtio-scsi-single", effect: "cold" },
      { path: "drives.scsi0.iothread", to: "1", effect: "cold" },
      { path: "drives.scsi0.aio", to: "threads", effect: "cold" },
    ]);
  });

  it("sends the caps alone on top of the current string first, and the cold things after them", () => {
    const plan = planVm(decided(70), vmWith(devvm));
    expect(plan.requests).toStrictEqual([
      {
        kind: "config",
        set: { scsi0: "local-lvm:vm-102-disk-0,discard=on,mbps_rd=70,mbps_wr=70,size=100G,ssd=1" },
      },
      {
        kind: "config",
        set: {
          scsihw: "virtio-scsi-single",
          scsi0:
            "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=70,mbps_wr=70,size=100G,ssd=1",
        },
      },
    ]);
  });

  it("sends a balloon together with the memory that it must not exceed", () => {
    const own = declare({
      options: { memory: 49152, balloon: 49152 },
      drives: { scsi0: { aio: "threads", mbps_rd: 70 } },
    });
    const { requests } = planVm(own, vmWith({ ...devvm, balloon: "24576" }));
    expect(requests.map((one) => one.kind === "config" && Object.keys(one.set))).toStrictEqual([
      ["scsi0"],
      ["memory", "scsi0", "balloon"],
    ]);
  });

  it("sends everything in one request when the VM is stopped, and calls all of it live", () => {
    const plan = planVm(decided(70), vmWith(devvm, { running: false }));
    expect(plan.requests).toHaveLength(1);
    expect(new Set(plan.changes.map(({ effect }) => effect))).toStrictEqual(new Set(["live"]));
  });

  it("writes nothing and says what waits while the cold things are only pending", () => {
    const pending = {
      scsihw: "virtio-scsi-single",
      scsi0:
        "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
    };
    expect(planVm(decided(60), vmWith(devvm, { pending }))).toStrictEqual({
      changes: [],
      waiting: [
        { path: "options.scsihw", to: "virtio-scsi-single", effect: "cold" },
        { path: "drives.scsi0.iothread", to: "1", effect: "cold" },
        { path: "drives.scsi0.aio", to: "threads", effect: "cold" },
      ],
      problems: [],
      requests: [],
      held: [],
      storages: [],
    });
  });

  it("writes nothing whatever the order of the keys and the notation of the numbers", () => {
    const odd = "ssd=1,mbps_wr=+60,size=100G,mbps_rd=60.0,local-lvm:vm-102-disk-0,discard=on";
    const own = declare({
      drives: { scsi0: { mbps_rd: 60, mbps_wr: 60, ssd: true, backup: true, iops_rd: 0 } },
    });
    expect(planVm(own, vmWith({ ...devvm, scsi0: odd })).requests).toStrictEqual([]);
  });
});
