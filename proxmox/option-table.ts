import { driveFormat } from "./drive-formats.ts";
import { busOf, slotKind } from "./drive-slots.ts";
import type { ChangeClass, KeyRule, PropertyFormat } from "./key-rule.ts";
import { isNicSlot } from "./nic-keys.ts";
import { optionFormats } from "./option-formats.ts";
import { forms } from "./text-forms.ts";

const flag = (change: ChangeClass, absent?: string): KeyRule => ({
  type: "boolean",
  change,
  ...(absent !== undefined && { absent }),
});
const text = (change: ChangeClass, absent?: string, pattern?: RegExp): KeyRule => ({
  type: "text",
  change,
  ...(absent !== undefined && { absent }),
  ...(pattern !== undefined && { pattern }),
});
const integer = (change: ChangeClass, minimum: number, absent?: string, maximum?: number): KeyRule => ({
  type: "integer",
  change,
  minimum,
  ...(absent !== undefined && { absent }),
  ...(maximum !== undefined && { maximum }),
});
const oneOf = (change: ChangeClass, values: readonly string[], absent?: string): KeyRule => ({
  type: "enum",
  change,
  values,
  ...(absent !== undefined && { absent }),
});

/** Options that are not property strings, with their meaning when absent. */
const plain: Readonly<Record<string, KeyRule>> = {
  acpi: flag("cold", "1"),
  affinity: text("cold", undefined, forms.cpuSet),
  "allow-ksm": flag("cold", "1"),
  arch: oneOf("cold", ["x86_64", "aarch64"]),
  args: text("cold"),
  balloon: integer("balloon", 0),
  bios: oneOf("cold", ["seabios", "ovmf"], "seabios"),
  bootdisk: text("cold", undefined, forms.bootDisk),
  ciupgrade: flag("invisible", "1"),
  citype: oneOf("invisible", ["configdrive2", "nocloud", "opennebula"]),
  ciuser: text("invisible"),
  cores: integer("cold", 1, "1"),
  cpulimit: { type: "number", change: "live", absent: "0", minimum: 0, maximum: 128 },
  cpuunits: { ...integer("live", 1, "100", 262144), ceiling: 10_000 },
  description: { type: "notes", change: "live", absent: "", maxLength: 8192 },
  freeze: flag("cold", "0"),
  hookscript: text("live", undefined, forms.volumeId),
  hotplug: {
    type: "features",
    change: "hotplug-option",
    absent: "network,disk,usb",
    pattern: forms.features,
  },
  hugepages: oneOf("cold", ["any", "2", "1024"]),
  keephugepages: flag("cold", "0"),
  keyboard: text("cold"),
  kvm: flag("cold", "1"),
  localtime: flag("cold"),
  migrate_downtime: { type: "number", change: "live", absent: "0.1", minimum: 0 },
  migrate_speed: integer("live", 0, "0"),
  name: text("live", undefined, forms.dnsName),
  nameserver: { type: "list", change: "invisible", pattern: forms.addresses },
  numa: flag("cold", "0"),
  onboot: flag("live", "0"),
  ostype: oneOf(
    "cold",
    [
      "other",
      "wxp",
      "w2k",
      "w2k3",
      "w2k8",
      "wvista",
      "win7",
      "win8",
      "win10",
      "win11",
      "l24",
      "l26",
      "solaris",
    ],
    "other",
  ),
  protection: flag("live", "0"),
  reboot: flag("cold", "1"),
  scsihw: oneOf(
    "cold",
    ["lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"],
    "lsi",
  ),
  searchdomain: text("invisible"),
  shares: integer("live", 0, "1000", 50000),
  sockets: integer("cold", 1, "1"),
  sshkeys: { type: "encoded", change: "invisible" },
  startdate: text("cold", "now", forms.startDate),
  tablet: flag("hotplug-tablet", "1"),
  tags: { type: "set", change: "live", absent: "", pattern: forms.tags },
  tdf: flag("cold", "0"),
  vcpus: integer("hotplug-cpu", 1),
  vmgenid: text("cold", undefined, new RegExp(`${forms.uuid.source}|^[01]$`)),
  vmstatestorage: text("live", undefined, forms.storageId),
};

/** Options that come in numbers, and how many of each there may be. */
const counts: Readonly<Record<string, number>> = {
  hostpci: 16,
  ipconfig: 32,
  numa: 8,
  parallel: 3,
  serial: 4,
  usb: 14,
  virtiofs: 10,
};
const numberedPlain: Readonly<Record<string, KeyRule>> = {
  parallel: text("cold", undefined, forms.parallel),
  serial: { type: "text", change: "cold", pattern: /^(?:socket|\/dev\/[^,]+)$/ },
};

/** Why a name cannot be declared as an option, for names that Proxmox does know. */
const refused: Readonly<Record<string, string>> = {
  background_delay: "belongs to a request, not to a VM",
  cdrom: "is another name of ide2",
  cipassword: "cannot be read back, so it can never be compared",
  delete: "would remove keys, and what is not declared is never touched",
  digest: "belongs to a request; it is always sent",
  efidisk0: "is made with the VM and never changed",
  force: "would free volumes",
  "import-working-storage": "belongs to a request, not to a VM",
  lock: "is Proxmox's own mark of a running operation",
  meta: "is written by Proxmox itself",
  parent: "is written by Proxmox itself",
  revert: "would undo what somebody else left pending",
  runningcpu: "is written by Proxmox itself",
  runningmachine: "is written by Proxmox itself",
  skiplock: "would ignore a running operation",
  snaptime: "is written by Proxmox itself",
  tpmstate0: "is made with the VM and never changed",
  template: "turns the VM into a template for good",
  vmstate: "is written by Proxmox itself",
};

/** What is known of an option; undefined when it is none that can be declared. */
export function optionRule(name: string): KeyRule | undefined {
  if (Object.hasOwn(plain, name)) return plain[name];
  const family = familyOf(name);
  if (family === undefined) return undefined;
  if (Object.hasOwn(numberedPlain, family)) return numberedPlain[family];
  const format = family === "efidisk" || family === "tpmstate" ? driveFormat(name) : optionFormats[family];
  return (
    format && {
      type: "properties",
      format,
      change: wholeChange(format),
      ...(!format.device && { absent: "" }),
    }
  );
}

/** When the whole text takes effect, as where it goes away: as its keys do where all do alike. */
function wholeChange({ keys }: PropertyFormat): ChangeClass {
  const [first = "cold", ...others] = new Set(Object.values(keys).map(({ change }) => change));
  return others.length === 0 ? first : "cold";
}

/** Why an option's name is refused; undefined when it may be declared. */
export function optionNameMistake(name: string): string | undefined {
  if (Object.hasOwn(refused, name)) return refused[name];
  if (busOf(name) !== undefined) return "is a drive and belongs under drives";
  if (isNicSlot(name)) return "is a network device and belongs under nics";
  return optionRule(name) === undefined ? "is no option of a VM" : undefined;
}

/** `hostpci` of `hostpci0`, or the name of an option that is a property string and has no number. */
function familyOf(name: string): string | undefined {
  const kind = slotKind(name);
  if (kind === "efidisk" || kind === "tpmstate") return kind;
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(name);
  const family = match?.[1] ?? "";
  if (Object.hasOwn(counts, family)) return Number(match?.[2]) < (counts[family] ?? 0) ? family : undefined;
  return Object.hasOwn(optionFormats, name) && !Object.hasOwn(counts, name) ? name : undefined;
}
