import { bootDiskProblem } from "./numbered-options.ts";
import { bool, formatted, integer, matching, oneOf, type Rule, text } from "./rule.ts";
import * as format from "./text-formats.ts";

const LOCKS = [
  "backup",
  "clone",
  "create",
  "migrate",
  "rollback",
  "snapshot",
  "snapshot-delete",
  "suspending",
  "suspended",
] as const;

const KEYBOARDS =
  "de de-ch da en-gb en-us es fi fr fr-be fr-ca fr-ch hu is it ja lt mk nl no pl pt pt-br sv sl tr".split(
    " ",
  );
const SYSTEMS = "other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris".split(" ");

/** Options that are neither drives nor property strings. */
export const PLAIN_OPTIONS: Readonly<Record<string, Rule>> = {
  onboot: bool,
  autostart: bool,
  hotplug: formatted(format.hotplugFeatures),
  reboot: bool,
  lock: oneOf(...LOCKS),
  cpulimit: { type: "number", minimum: 0, maximum: 128 },
  cpuunits: integer(1, 262144),
  balloon: integer(0),
  shares: integer(0, 50000),
  keyboard: oneOf(...KEYBOARDS),
  name: formatted(format.dnsName),
  scsihw: oneOf("lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"),
  description: { type: "string", maxLength: 8192 },
  ostype: oneOf(...SYSTEMS),
  bootdisk: { ...formatted(bootDiskProblem), pattern: /^(?:ide|sata|scsi|virtio)\d+$/ },
  smp: integer(1),
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
  startdate: matching(/^(?:now|\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2}:\d{1,2}:\d{1,2})?)$/),
  startup: formatted(format.startupOrder),
  tablet: bool,
  protection: bool,
  template: bool,
  "allow-ksm": bool,
  args: text,
  arch: oneOf("x86_64", "aarch64"),
  affinity: formatted(format.cpuSet),
  migrate_speed: integer(0),
  migrate_downtime: { type: "number", minimum: 0 },
  hookscript: formatted(format.volumeId),
  bios: oneOf("seabios", "ovmf"),
  vmgenid: matching(/^(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])$/),
  vmstatestorage: formatted(format.storageId),
  tags: formatted(format.listOf(format.tag)),
  citype: oneOf("configdrive2", "nocloud", "opennebula"),
  ciuser: text,
  cipassword: text,
  ciupgrade: bool,
  searchdomain: text,
  nameserver: formatted(format.listOf(format.address)),
  sshkeys: formatted(format.urlEncoded),
};

/** Keys of the config file that no request may set. */
export const INTERNAL_OPTIONS: Readonly<Record<string, Rule>> = {
  parent: formatted(format.configId),
  snaptime: integer(0),
  vmstate: formatted(format.volumeId),
  runningcpu: text,
  "running-nets-host-mtu": text,
};

/** Plain options that may come several times, by their name without the number. */
export const INDEXED_OPTIONS: Readonly<Record<string, Rule>> = {
  serial: matching(/^(?:\/dev\/[^,]+|socket)$/),
  // Proxmox does not bracket the alternatives, so that each is bound at one end only.
  parallel: matching(/^\/dev\/parport\d+|\/dev\/usb\/lp\d+$/),
};
