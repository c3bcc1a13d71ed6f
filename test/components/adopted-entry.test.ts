import { describe, expect, test } from "vitest";
import { type AdoptedEntry, adoptedEntry } from "../../components/adoption/adopted-entry.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";

type Texts = Readonly<Record<string, string>>;

function snapshot(current: Texts, pending: Texts = {}, gone: readonly string[] = []): VmSnapshot {
  return { digest: "d", running: true, current, pending, pendingDeletes: new Set(gone) };
}

function adopted(current: Texts, pending: Texts = {}, gone: readonly string[] = []): AdoptedEntry {
  const vm = { vmid: 100, node: "pve", template: false, snapshot: snapshot(current, pending, gone) };
  return adoptedEntry(vm, "pve");
}

const unowned = "leave it unowned: nothing ever writes it";
const schedule = "schedule it: declare it with the next maintenance, then stop and start the VM";

describe("what is declared", () => {
  test("everything that has a text, and onboot in any case", () => {
    const { spec, left, notes } = adopted({
      agent: "enabled=1,fstrim_cloned_disks=1,freeze-fs-on-backup=0,type=isa",
      balloon: "1024",
      boot: "order=scsi1;net0",
      cores: "4",
      cpu: "host,flags=+aes",
      cpulimit: "1.5",
      cpuunits: "200",
      efidisk0: "local-lvm:vm-100-disk-0,efitype=4m,size=4M",
      hostpci0: "0000:06:00.0,pcie=1,x-vga=1,rombar=0,romfile=gpu.rom",
      ide2: "local-lvm:vm-100-cloudinit,media=cdrom",
      memory: "current=4096",
      net3: "e1000=BC:24:11:00:00:01,bridge=vmbr1,firewall=1,link_down=1,mtu=1500,queues=2,rate=5.5,tag=10,trunks=10;20",
      numa: "1",
      scsi1:
        "local-lvm:vm-100-disk-1,aio=threads,backup=0,cache=none,discard=on,iothread=1,size=32G,ssd=1,mbps_rd=60",
      scsihw: "virtio-scsi-single",
      serial0: "socket",
      sockets: "2",
      startup: "order=1,up=60,down=30",
      tpmstate0: "local-lvm:vm-100-disk-2,size=4M,version=v2.0",
      unused0: "local-lvm:vm-100-disk-3",
      usb0: "host=046d:c52b,usb3=1",
    });
    expect(spec).toEqual({
      vmid: 100,
      controller: "virtio-scsi-single",
      cpu: { cores: 4, sockets: 2, type: "host", limit: 1.5, units: 200, numa: true },
      memoryMiB: 4096,
      balloonMiB: 1024,
      drives: {
        scsi1: {
          aio: "threads",
          iothread: true,
          cache: "none",
          discard: true,
          ssd: true,
          backup: false,
          caps: { readMiBps: 60 },
        },
      },
      nics: {
        net3: {
          bridge: "vmbr1",
          vlan: 10,
          trunks: [10, 20],
          model: "e1000",
          mac: "BC:24:11:00:00:01",
          firewall: true,
          rateMBps: 5.5,
          mtu: 1500,
          queues: 2,
          linkDown: true,
        },
      },
      boot: ["scsi1", "net0"],
      onboot: false,
      startup: { order: 1, upSeconds: 60, downSeconds: 30 },
      agent: { enabled: true, trimAfterClone: true, freezeOnBackup: false, type: "isa" },
      passthrough: {
        hostpci0: { id: "0000:06:00.0", pcie: true, primaryGpu: true, rombar: false, romFile: "gpu.rom" },
      },
      usb: { usb0: { host: "046d:c52b", usb3: true } },
      serial: { serial0: "socket" },
    });
    expect({ left, notes }).toEqual({ left: [], notes: [] });
  });

  test("all eighteen caps, fractions among them, which are told of", () => {
    const caps =
      "bps_rd_max_length=2,bps_wr_max_length=3,iops_rd=100,iops_rd_max=200,iops_rd_max_length=4,iops_wr=100,iops_wr_max=300,iops_wr_max_length=5,mbps_rd=60.0,mbps_rd_max=120.5,mbps_wr=60,mbps_wr_max=180";
    const totals = "bps_max_length=2,iops=100,iops_max=200,iops_max_length=4,mbps=0.5,mbps_max=1.5";
    const { spec, left, notes } = adopted({
      sata0: `local-lvm:vm-100-disk-0,${caps}`,
      sata1: `local-lvm:vm-100-disk-1,${totals}`,
    });
    expect(spec.drives).toEqual({
      sata0: {
        caps: {
          readMiBps: 60,
          writeMiBps: 60,
          readBurstMiBps: 120.5,
          writeBurstMiBps: 180,
          readBurstMiBpsSeconds: 2,
          writeBurstMiBpsSeconds: 3,
          readIops: 100,
          writeIops: 100,
          readBurstIops: 200,
          writeBurstIops: 300,
          readBurstIopsSeconds: 4,
          writeBurstIopsSeconds: 5,
        },
      },
      sata1: {
        caps: {
          totalMiBps: 0.5,
          totalBurstMiBps: 1.5,
          totalBurstMiBpsSeconds: 2,
          totalIops: 100,
          totalBurstIops: 200,
          totalBurstIopsSeconds: 4,
        },
      },
    });
    expect(left).toEqual([]);
    expect(notes).toEqual([
      "has a fractional cap (sata0: mbps_rd=60.0), which is fine here; the official Pulumi provider and Terraform's cannot read such a VM",
    ]);
  });

  test("what waits for a start is declared as it becomes, and told of", () => {
    const { spec, left, notes } = adopted(
      { cores: "4", memory: "4096", net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0" },
      { cores: "8" },
      ["net0"],
    );
    expect(spec).toEqual({ vmid: 100, cpu: { cores: 8 }, memoryMiB: 4096, onboot: false });
    expect(left).toEqual([]);
    expect(notes).toEqual(["waits for a cold stop and start already: options.cores 8"]);
  });

  test("its node, where that is not the fleet's or the fleet has none", () => {
    const vm = { vmid: 100, node: "pve2", template: false, snapshot: snapshot({}) };
    expect(adoptedEntry(vm, "pve").spec.node).toBe("pve2");
    expect(adoptedEntry(vm, undefined).spec.node).toBe("pve2");
    expect(adoptedEntry(vm, "pve2").spec.node).toBeUndefined();
  });
});

describe("slots of others", () => {
  const pvc = "local-lvm:vm-9999-pvc-aef,backup=0,iothread=1,size=1G,wwn=0x5056432d49443031";

  test("a slot with another VM's volume is foreign, now or after the next start", () => {
    const { spec } = adopted(
      { scsi3: "local-lvm:vm-777-disk-0,mbps_rd=60", virtio1: "local-lvm:vm-100-disk-0,cache=none" },
      { virtio1: "local-lvm:vm-777-disk-1,cache=none" },
    );
    expect(spec.foreignSlots).toEqual(["scsi3", "virtio1"]);
    expect(spec.drives).toBeUndefined();
  });

  test("where a CSI driver attaches, all slots that it may use next are foreign", () => {
    const own = "local-lvm:vm-100-disk-0,discard=on";
    expect(adopted({ scsi0: own, scsi4: pvc }).spec.foreignSlots).toBe("scsi1-29");
    expect(adopted({ scsi1: own, scsi4: pvc }).spec.foreignSlots).toEqual(["scsi0", "scsi2-29"]);
    expect(
      adopted({ scsi0: own, scsi2: "none,media=cdrom", scsi7: own, scsi30: pvc }).spec.foreignSlots,
    ).toEqual(["scsi1", "scsi3-6", "scsi8-30"]);
  });

  test("a linked clone's volume is the VM's own, and so is a template's", () => {
    const { spec } = adopted({
      sata0: "local:1000/base-1000-disk-0.qcow2/100/vm-100-disk-0.qcow2,ssd=1",
      sata1: "local-lvm:base-100-disk-0,ssd=1",
    });
    expect(spec.drives).toEqual({ sata0: { ssd: true }, sata1: { ssd: true } });
    expect(spec.foreignSlots).toBeUndefined();
  });

  test("a boot order that names a foreign slot is left, since its owner changes it", () => {
    const { spec, left } = adopted({ boot: "order=scsi0;scsi1", scsi1: pvc, scsihw: "virtio-scsi-pci" });
    expect(spec.boot).toBeUndefined();
    expect(left).toEqual([
      {
        path: "boot",
        reason: "names a slot that somebody else owns (got scsi0, scsi1)",
        choices: [unowned, "correct it by hand, then declare it"],
      },
    ]);
  });
});

describe("what is left, with the reason and the choices", () => {
  test.each([
    [
      { scsi0: "local-lvm:vm-100-disk-0" },
      "is the emulated LSI controller (got nothing, which is lsi in Proxmox)",
    ],
    [{ scsihw: "lsi" }, 'is not offered (got "lsi")'],
    [{ scsihw: "pvscsi" }, 'is not offered (got "pvscsi")'],
  ])("the controller of %o", (current, reason) => {
    expect(adopted(current as Texts)).toMatchObject({
      spec: { vmid: 100, onboot: false },
      left: [
        {
          path: "controller",
          reason,
          choices: [
            "declare controller (allowed: virtio-scsi-single, virtio-scsi-pci): would be written, cold: waits for a stop and start",
            unowned,
            schedule,
          ],
        },
      ],
    });
  });

  test.each([
    [{ boot: "cdn" }, "boot", "is a legacy boot order, which the fleet file cannot say (got cdn)"],
    [{ memory: "32" }, "memoryMiB", "is too small (got 32)"],
    [{ net0: "pcnet=BC:24:11:00:00:01" }, "nics.net0.model", 'is not a known value (got "pcnet")'],
    [{ net0: "virtio=BD:24:11:00:00:01" }, "nics.net0.mac", 'is no unicast MAC address (got "BD:24:11:00:00:01")'],
    [{ sata0: "local-lvm:vm-100-disk-0,aio=native,cache=writeback" }, "drives.sata0.aio", 'does not start with the buffered cache writeback (got "native")'],
    [{ sata0: "local-lvm:vm-100-disk-0,mbps=60,mbps_rd=60" }, "drives.sata0.caps.totalMiBps", "is mixed with readMiBps (got 60)"],
    [{ sata0: "local-lvm:vm-100-disk-0,mbps_rd_max=60" }, "drives.sata0.caps.readBurstMiBps", "is a burst without its base readMiBps (got 60)"],
    [{ startup: "order=any" }, "startup.order", 'has the wrong type (got "any")'],
    [{ net0: "virtio" }, "nics.net0.model", undefined],
    [{ sata0: "local-lvm:vm-100-disk-0,=" }, "sata0", "its text cannot be read: missing key in comma-separated list property (got local-lvm:vm-100-disk-0,=)"],
  ])("%o", (current, path, reason) => {
    const { left } = adopted(current as Texts);
    if (reason === undefined) expect(left).toEqual([]);
    else {
      expect(left.map((one) => [one.path, one.reason])).toEqual([[path, reason]]);
      expect(left[0]?.choices).toContain(unowned);
    }
  }); // biome-ignore format: a table

  test("a path of the host as a drive is no drive of ours, and no foreign slot either", () => {
    const { spec, left } = adopted({ sata0: "/dev/disk/by-id/ata-EXAMPLE,cache=none,mbps_rd=60" });
    expect(spec).toEqual({ vmid: 100, onboot: false });
    expect(left).toMatchObject([{ path: "drives.sata0", choices: [unowned] }]);
    expect(left[0]?.reason).toContain(
      "the volume in the slot is not of VM 100 (got /dev/disk/by-id/ata-EXAMPLE)",
    );
  });

  test("a limit that is one now and another after the next start", () => {
    const { spec, left } = adopted(
      { sata0: "local-lvm:vm-100-disk-0,mbps_rd=60,mbps_wr=60" },
      { sata0: "local-lvm:vm-100-disk-0,cache=none,mbps_rd=80,mbps_wr=60" },
    );
    expect(spec.drives).toEqual({ sata0: { cache: "none", caps: { writeMiBps: 60 } } });
    expect(left).toEqual([
      {
        path: "drives.sata0.caps.readMiBps",
        reason: "is not the same now and after the next start (got 60, and 80 waits)",
        choices: [
          "declare drives.sata0.caps.readMiBps: would be written, live",
          unowned,
          "schedule it: stop and start the VM, then declare what it has",
        ],
      },
    ]);
  });

  test("one thing that is left keeps nothing else from being owned", () => {
    const { spec } = adopted({
      net0: "pcnet=BC:24:11:00:00:01,bridge=vmbr0,tag=10",
      memory: "32",
      cores: "2",
    });
    expect(spec).toEqual({
      vmid: 100,
      cpu: { cores: 2 },
      nics: { net0: { bridge: "vmbr0", vlan: 10, mac: "BC:24:11:00:00:01" } },
      onboot: false,
    });
  });
});
