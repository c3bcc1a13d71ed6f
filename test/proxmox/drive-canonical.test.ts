import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalDrive } from "../../proxmox/drive-canonical.ts";
import { driveKeys } from "../../proxmox/drive-keys.ts";
import { byBytes } from "../../proxmox/property-string.ts";
import cases from "./drive-canonical.json" with { type: "json" };

describe("canonicalDrive", () => {
  it("has all the 50 answers of Proxmox's own code", () => {
    expect(cases).toHaveLength(50);
  });

  it.each(cases)("answers $slot=$input as Proxmox does", ({ slot, input, ...answer }) => {
    expect(canonicalDrive(slot, input)).toStrictEqual(answer);
  });

  it("answers an unknown slot as an unknown parameter", () => {
    expect(canonicalDrive("scsi31", "local-lvm:vm-100-disk-0")).toStrictEqual({
      error: "property is not defined in schema and the schema does not allow additional properties",
    });
  });

  it.each([
    ["virtio0", "none,media=cdrom"],
    ["ide2", "local:iso/x.iso,media=cdrom,format=raw"],
    ["ide2", "local:iso/x.iso,media=cdrom,snapshot=1"],
    ["scsi0", "local-lvm:vm-100-disk-0,mbps_rd=1,bps_rd=5"],
    ["scsi0", "local-lvm:vm-100-disk-0,iops=5,iops_wr=5"],
  ])("refuses the combination %s=%s", (slot, text) => {
    expect(canonicalDrive(slot, text)).toStrictEqual({ error: "unable to parse drive options" });
  });

  it("stores what it stored once more without a change, whatever the order of the keys", () => {
    const keys = fc.uniqueArray(
      fc.constantFrom("ssd=1", "discard=on", "backup=no", "mbps_rd=60.0", "size=1024M", "aio=native"),
    );
    fc.assert(
      fc.property(keys, fc.nat(), (options, seed) => {
        const parts: string[] = [...options];
        parts.splice(seed % (parts.length + 1), 0, "local-lvm:vm-100-disk-0");
        const stored = canonicalDrive("scsi0", parts.join(","));
        if (!("output" in stored)) throw new Error(stored.error);
        expect(canonicalDrive("scsi0", stored.output)).toStrictEqual(stored);
        expect(canonicalDrive("scsi0", [...parts].reverse().join(","))).toStrictEqual(stored);
      }),
      { seed: 102 },
    );
  });
});

describe("driveKeys", () => {
  it("lists every key of a drive that Proxmox 9 knows on scsi, in the order that it prints them", () => {
    const onScsi = Object.keys(driveKeys).filter((key) => driveKeys[key]?.buses.includes("scsi"));
    expect(onScsi.toSorted(byBytes)).toStrictEqual(
      (
        "aio backup bps_max_length bps_rd_max_length bps_wr_max_length cache detect_zeroes discard format iops " +
        "iops_max iops_max_length iops_rd iops_rd_max iops_rd_max_length iops_wr iops_wr_max iops_wr_max_length " +
        "iothread mbps mbps_max mbps_rd mbps_rd_max mbps_wr mbps_wr_max media product queues replicate rerror ro " +
        "scsiblock serial shared size snapshot ssd vendor werror wwn"
      ).split(" "),
    );
  });

  it.each([
    ["ide", ["model", "ssd", "wwn"]],
    ["sata", ["ssd", "wwn"]],
    ["virtio", ["iothread", "ro"]],
  ] as const)("gives %s exactly its own keys beside those of all buses", (bus, own) => {
    const special = Object.keys(driveKeys).filter(
      (key) => driveKeys[key]?.buses.length !== 4 && driveKeys[key]?.buses.includes(bus),
    );
    expect(special.toSorted(byBytes)).toStrictEqual(own);
  });
});
