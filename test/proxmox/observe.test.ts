import { describe, expect, it } from "vitest";
import { observeDeclared } from "../../proxmox/observe.ts";
import { declare, devvm, vmWith } from "./vm.ts";

describe("observeDeclared", () => {
  it("returns the declared object itself, in its own notation, when nothing has drifted", () => {
    const declared = declare({
      node: "pve",
      options: { memory: 24576, agent: { enabled: false }, boot: "order=scsi0", onboot: false, cores: "16" },
      drives: {
        scsi0: {
          mbps_rd: 60.0,
          mbps_wr: "+60",
          ssd: true,
          size: "102400M",
          datastore: "local-lvm",
          backup: true,
        },
      },
      nics: { net0: { macaddr: "bc:24:11:00:01:02", firewall: true } },
      foreignSlots: ["scsi1-29"],
    });
    expect(observeDeclared(declared, vmWith(devvm))).toStrictEqual(declared);
  });

  it("shows real values in the declared types, and leaves out what the VM has not", () => {
    const declared = declare({
      options: {
        memory: 4096,
        agent: { enabled: true, type: "isa" },
        scsihw: "virtio-scsi-single",
        onboot: true,
      },
      drives: {
        scsi0: { mbps_rd: 70, iops_rd: 5, ssd: false, aio: "threads", size: "64G", datastore: "ceph" },
      },
      nics: { net0: { tag: 20, rate: 5 }, net1: { bridge: "vmbr0" } },
    });
    const snapshot = vmWith({ ...devvm, agent: "0" });
    expect(observeDeclared(declared, snapshot)).toStrictEqual({
      ...declared,
      options: { memory: 24576, agent: { enabled: false } },
      drives: { scsi0: { mbps_rd: 60, iops_rd: 0, ssd: true, size: "100G", datastore: "local-lvm" } },
      nics: { net0: { tag: 10 } },
    });
  });

  it("shows the old size that a waiting text would bring back, and not the one that it will correct", () => {
    const declared = declare({ drives: { scsi0: { size: "128G" } } });
    const text = devvm.scsi0 ?? "";
    const grown = text.replace("100G", "128G");
    const cold = (of: string) => ({ pending: { scsi0: of.replace("discard=on", "discard=ignore") } });
    const size = (current: string, waiting: string) =>
      observeDeclared(declared, vmWith({ ...devvm, scsi0: current }, cold(waiting))).drives.scsi0?.size;
    expect([size(grown, text), size(text, grown), size(grown, grown)]).toStrictEqual([
      "100G",
      "128G",
      "128G",
    ]);
  });

  it("takes a cold key that is pending as declared for right, and a live one that is only pending for wrong", () => {
    const declared = declare({
      options: { scsihw: "virtio-scsi-single" },
      drives: { scsi0: { aio: "threads", mbps_rd: 70 } },
    });
    const pending = {
      scsihw: "virtio-scsi-single",
      scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,mbps_rd=70,mbps_wr=60,size=100G,ssd=1",
    };
    expect(observeDeclared(declared, vmWith(devvm, { pending }))).toStrictEqual({
      ...declared,
      drives: { scsi0: { aio: "threads", mbps_rd: 60 } },
    });
    expect(observeDeclared(declared, vmWith(devvm, { pending, running: false }))).toStrictEqual(declared);
  });

  it("shows what another's hand left pending of an owned key", () => {
    const declared = declare({ options: { cores: 16, memory: 24576 }, drives: { scsi0: { ssd: true } } });
    const snapshot = vmWith(devvm, { pending: { cores: "4" }, deletes: ["scsi0", "memory"] });
    expect(observeDeclared(declared, snapshot)).toStrictEqual({
      ...declared,
      options: { cores: 4 },
      drives: {},
    });
  });

  it("shows a property string that was declared as text as text", () => {
    const declared = declare({
      options: { agent: "1,fstrim_cloned_disks=1", machine: "q35", startup: "order=2" },
    });
    const current = { agent: "0,fstrim_cloned_disks=1,type=isa", machine: "pc,viommu=virtio" };
    expect(observeDeclared(declared, vmWith(current)).options).toStrictEqual({
      agent: "0,fstrim_cloned_disks=1",
      machine: "pc",
    });
  });

  it("shows an unreadable drive as gone", () => {
    const declared = declare({ drives: { scsi0: { ssd: true } } });
    expect(observeDeclared(declared, vmWith({ scsi0: "a,b" })).drives).toStrictEqual({});
  });
});
