import { busOf, driveSchema } from "./drive-schema.ts";
import { PROPERTY_OPTIONS } from "./option-formats.ts";
import { FormatError, type PropertySchema, parseProperties } from "./property-string.ts";
import { bool, integer, oneOf, type Rule, text } from "./rule.ts";

const LIST = /[,;\s]+/;

/** Splits a list the way Proxmox does: commas, semicolons, spaces and NULs all separate. */
export function splitList(source: string): readonly string[] {
  return source.split(/[,;\s\0]+/).filter((part) => part !== "");
}

function hotplugError(value: string): string | undefined {
  const features = ["network", "disk", "cpu", "memory", "usb", "cloudinit"];
  if (value === "0" || value === "1") return undefined;
  const wrong = value.split(LIST).find((part) => part !== "" && !features.includes(part));
  return wrong === undefined ? undefined : "unable to parse hotplug option";
}

function tagError(value: string): string | undefined {
  const wrong = value.split(LIST).some((tag) => tag !== "" && !/^[a-z0-9_][a-z0-9_\-+.]*$/i.test(tag));
  return wrong ? "invalid characters in tag" : undefined;
}

const LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const dnsName: Rule = {
  type: "string",
  format: (value) =>
    value.split(".").every((label) => LABEL.test(label))
      ? undefined
      : "value does not look like a valid DNS name",
};

/** Options that are neither drives nor property strings. */
const PLAIN: Readonly<Record<string, Rule>> = {
  onboot: bool,
  autostart: bool,
  hotplug: { type: "string", format: hotplugError },
  reboot: bool,
  lock: oneOf(
    "backup",
    "clone",
    "create",
    "migrate",
    "rollback",
    "snapshot",
    "snapshot-delete",
    "suspending",
    "suspended",
  ),
  cpulimit: { type: "number", minimum: 0, maximum: 128 },
  cpuunits: integer(1, 262144),
  balloon: integer(0),
  shares: integer(0, 50000),
  keyboard: oneOf(
    "de",
    "de-ch",
    "da",
    "en-gb",
    "en-us",
    "es",
    "fi",
    "fr",
    "fr-be",
    "fr-ca",
    "fr-ch",
    "hu",
    "is",
    "it",
    "ja",
    "lt",
    "mk",
    "nl",
    "no",
    "pl",
    "pt",
    "pt-br",
    "sv",
    "sl",
    "tr",
  ),
  name: dnsName,
  scsihw: oneOf("lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"),
  description: { type: "string", maxLength: 8192 },
  ostype: oneOf(
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
  ),
  bootdisk: { type: "string", pattern: /^(?:ide|sata|scsi|virtio)\d+$/ },
  sockets: integer(1),
  cores: integer(1),
  vcpus: integer(1),
  numa: bool,
  hugepages: oneOf("any", "2", "1024"),
  keephugepages: bool,
  acpi: bool,
  kvm: bool,
  tdf: bool,
  freeze: bool,
  localtime: bool,
  startdate: text,
  tablet: bool,
  protection: bool,
  template: bool,
  "allow-ksm": bool,
  args: text,
  arch: oneOf("x86_64", "aarch64"),
  affinity: text,
  migrate_speed: integer(0),
  migrate_downtime: { type: "number", minimum: 0 },
  hookscript: text,
  bios: oneOf("seabios", "ovmf"),
  vmgenid: text,
  vmstatestorage: text,
  tags: { type: "string", format: tagError },
  citype: oneOf("configdrive2", "nocloud", "opennebula"),
  ciuser: text,
  cipassword: text,
  ciupgrade: bool,
  searchdomain: text,
  nameserver: text,
  sshkeys: text,
};

const INDEXED: Readonly<Record<string, number>> = {
  net: 32,
  ipconfig: 32,
  hostpci: 16,
  usb: 14,
  numa: 8,
  serial: 4,
  parallel: 3,
  virtiofs: 10,
};
const INDEXED_RULES: Readonly<Record<string, Rule>> = {
  serial: { type: "string", pattern: /^(?:\/dev\/.+|socket)$/ },
  parallel: { type: "string", pattern: /^\/dev\/(?:parport\d+|usb\/lp\d+)$/ },
};

/** Keys that a running VM takes over at once and that mean nothing to QEMU. */
const CLOUD_INIT_KEYS = [
  "citype",
  "ciuser",
  "cipassword",
  "ciupgrade",
  "cicustom",
  "searchdomain",
  "nameserver",
  "sshkeys",
];
const INSTANT_KEYS = [
  "description",
  "hookscript",
  "lock",
  "migrate_downtime",
  "migrate_speed",
  "name",
  "onboot",
  "protection",
  "shares",
  "startup",
  "tags",
  "vmstatestorage",
];

export function isCloudInitKey(key: string): boolean {
  return CLOUD_INIT_KEYS.includes(key) || /^ipconfig\d+$/.test(key);
}

/** Whether a running VM takes the key over at once, whatever `hotplug` says. */
export function isInstantKey(key: string): boolean {
  return INSTANT_KEYS.includes(key) || isCloudInitKey(key);
}

function propertyRule(name: string, schema: PropertySchema): Rule {
  return {
    type: "string",
    format: (value) => {
      try {
        parseProperties(schema, name, value);
        return undefined;
      } catch (error) {
        if (error instanceof FormatError) return error.message;
        throw error;
      }
    },
  };
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The rule of a VM option that the API accepts, or undefined when there is no such option. */
export function optionRule(key: string): Rule | undefined {
  const bus = busOf(key);
  if (bus !== undefined) return propertyRule(key, driveSchema(bus));
  if (key === "cdrom") return text;
  const plain = own(PLAIN, key);
  if (plain !== undefined) return plain;
  const indexed = /^([a-z]+)(0|[1-9]\d*)$/.exec(key);
  const family = indexed?.[1] ?? "";
  if (Number(indexed?.[2]) < (own(INDEXED, family) ?? 0)) {
    const rule = own(INDEXED_RULES, family);
    if (rule !== undefined) return rule;
    const schema = own(PROPERTY_OPTIONS, family);
    return schema === undefined ? undefined : propertyRule(key, schema);
  }
  const schema = own(INDEXED, key) === undefined ? own(PROPERTY_OPTIONS, key) : undefined;
  return schema === undefined ? undefined : propertyRule(key, schema);
}

/** Whether `delete` and `revert` know the name. */
export function optionExists(key: string): boolean {
  return optionRule(key) !== undefined && key !== "cdrom";
}

/** The value with the JSON type that Proxmox answers: integers and booleans are numbers. */
export function typedValue(key: string, value: string): string | number {
  const type = key === "snaptime" ? "integer" : own(PLAIN, key)?.type;
  return (type === "integer" || type === "boolean") && value !== "" ? Number(value) : value;
}
