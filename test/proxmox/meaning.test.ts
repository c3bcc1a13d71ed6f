import { describe, expect, it } from "vitest";
import {
  driveKeyEffect,
  effectOf,
  nicKeyEffect,
  optionEffect,
  usualCircumstances,
} from "../../proxmox/change-class.ts";
import { driveKeys } from "../../proxmox/drive-keys.ts";
import type { KeyRule } from "../../proxmox/key-rule.ts";
import { sameMeaning } from "../../proxmox/meaning.ts";
import { nicFormat } from "../../proxmox/nic-keys.ts";
import { optionRule } from "../../proxmox/option-table.ts";

function rule(section: "drive" | "nic" | "option", key: string): KeyRule {
  const found =
    section === "drive" ? driveKeys[key] : section === "nic" ? nicFormat.keys[key] : optionRule(key);
  if (found === undefined) throw new Error(`no rule for ${key}`);
  return found;
}

describe("sameMeaning", () => {
  it.each([
    ["drive", "mbps_rd", "60", "60.0"],
    ["drive", "mbps_rd", "60", "+60"],
    ["drive", "mbps_rd", "0", undefined],
    ["drive", "iops_wr_max", undefined, "0"],
    ["drive", "bps_rd_max_length", "1", undefined],
    ["drive", "ssd", "yes", "1"],
    ["drive", "ssd", "off", undefined],
    ["drive", "backup", undefined, "1"],
    ["drive", "replicate", undefined, "true"],
    ["drive", "cache", undefined, "none"],
    ["drive", "discard", "ignore", undefined],
    ["drive", "iothread", "0", undefined],
    ["drive", "detect_zeroes", "1", undefined],
    ["drive", "aio", "native", "native"],
    ["drive", "serial", undefined, undefined],
    ["nic", "macaddr", "bc:24:11:00:00:01", "BC:24:11:00:00:01"],
    ["nic", "rate", "5.0", "5"],
    ["nic", "trunks", "2;3", "3;2"],
    ["option", "scsihw", undefined, "lsi"],
    ["option", "onboot", undefined, "0"],
    ["option", "tags", "B;a", "a;b"],
    ["option", "tags", undefined, ""],
    ["option", "description", "a\n", "a"],
    ["option", "hotplug", "1", undefined],
    ["option", "hotplug", "usb,network,disk", "1"],
    ["option", "nameserver", "9.9.9.9 1.1.1.1", "9.9.9.9,1.1.1.1"],
    ["option", "agent", "1,type=virtio", "enabled=on"],
    ["option", "memory", undefined, "current=512"],
  ] as const)("takes %s %s %s and %s for the same", (section, key, a, b) => {
    expect(sameMeaning(rule(section, key), a, b)).toBe(true);
    expect(sameMeaning(rule(section, key), b, a)).toBe(true);
  });

  it.each([
    ["drive", "mbps_rd", "60", "61"],
    ["drive", "mbps_rd", "60", undefined],
    ["drive", "aio", "io_uring", undefined],
    ["drive", "ssd", "1", undefined],
    ["drive", "ssd", "maybe", "0"],
    ["drive", "backup", "0", undefined],
    ["drive", "werror", "report", undefined],
    ["drive", "serial", "a", "A"],
    ["nic", "tag", "10", undefined],
    ["option", "scsihw", undefined, "virtio-scsi-pci"],
    ["option", "hotplug", "0", undefined],
    ["option", "balloon", "0", undefined],
    ["option", "nameserver", "9.9.9.9 1.1.1.1", "1.1.1.1 9.9.9.9"],
    ["option", "description", "a b", "ab"],
    ["option", "sshkeys", "a%", "a"],
    ["option", "agent", "1,a=1,a=2", "1"],
  ] as const)("takes %s %s %s and %s for different", (section, key, a, b) => {
    expect(sameMeaning(rule(section, key), a, b)).toBe(false);
    expect(sameMeaning(rule(section, key), b, a)).toBe(false);
  });
});

describe("change classes of a running VM", () => {
  const keysWith = (effect: string) =>
    Object.keys(driveKeys).filter(
      (key) => driveKeyEffect(usualCircumstances, key === "model" ? "ide0" : "scsi0", key) === effect,
    );

  it("hold the whole drive back for exactly the keys that Proxmox cannot plug", () => {
    expect(new Set(keysWith("cold"))).toStrictEqual(
      new Set(["aio", "cache", "discard", "iothread", "product", "queues", "ro", "ssd", "vendor"]),
    );
  });

  it("call invisible what is in the config at once while QEMU goes on with the old value", () => {
    expect(new Set(keysWith("invisible"))).toStrictEqual(
      new Set(["detect_zeroes", "model", "rerror", "scsiblock", "serial", "snapshot", "werror", "wwn"]),
    );
  });

  it("depend for a network device's own keys on hotplug, and for its cable on nothing", () => {
    const without = { ...usualCircumstances, hotplug: new Set(["disk"]) };
    const keys = ["model", "macaddr", "queues", "mtu"];
    expect(keys.map((key) => nicKeyEffect(usualCircumstances, key))).toStrictEqual(keys.map(() => "live"));
    expect(keys.map((key) => nicKeyEffect(without, key))).toStrictEqual(keys.map(() => "cold"));
    const cable = ["bridge", "tag", "trunks", "firewall", "rate", "link_down"];
    expect(cable.map((key) => nicKeyEffect(without, key))).toStrictEqual(cable.map(() => "live"));
  });

  it("are live for everything while the VM is stopped", () => {
    const stopped = { ...usualCircumstances, running: false };
    expect(driveKeyEffect(stopped, "scsi0", "aio")).toBe("live");
    expect(optionEffect(stopped, "scsihw", undefined, "lsi", "virtio-scsi-single")).toBe("live");
    expect(effectOf("invisible", stopped, undefined, "x")).toBe("live");
  });

  it("are cold for what is not known", () => {
    expect(driveKeyEffect(usualCircumstances, "scsi0", "future_key")).toBe("cold");
    expect(optionEffect(usualCircumstances, "future", undefined, undefined, "1")).toBe("cold");
    expect(optionEffect(usualCircumstances, "agent", "fstrim_cloned_disks", "0", "1")).toBe("live");
  });
});
