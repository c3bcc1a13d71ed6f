import { CPU_MODELS, cpuProblem } from "./cpu-models.ts";
import { bootDeviceProblem } from "./numbered-options.ts";
import type { PropertySchema } from "./property-string.ts";
import { bool, formatted, integer, matching, number, oneOf, required, text } from "./rule.ts";
import * as format from "./text-formats.ts";

/** `0-3;5` */
const RANGES = /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/;

const MODELS = [
  "e1000",
  "e1000-82540em",
  "e1000-82544gc",
  "e1000-82545em",
  "e1000e",
  "i82551",
  "i82557b",
  "i82559er",
  "ne2k_isa",
  "ne2k_pci",
  "pcnet",
  "rtl8139",
  "virtio",
  "vmxnet3",
] as const;

/** `net0`: the model is a key of its own, whose value is the MAC address. */
export const NET: PropertySchema = {
  defaultKey: "model",
  keys: {
    model: required(oneOf(...MODELS)),
    macaddr: formatted(format.macAddress),
    bridge: formatted(format.bridgeId),
    queues: integer(0, 64),
    rate: { type: "number", minimum: 0 },
    tag: integer(1, 4094),
    trunks: matching(RANGES),
    firewall: bool,
    link_down: bool,
    mtu: integer(1, 65520),
    "host-tunnel": bool,
  },
  aliases: Object.fromEntries(MODELS.map((model) => [model, { to: "macaddr", keyTo: "model" }])),
};

const IPCONFIG: PropertySchema = {
  keys: {
    ip: formatted(format.ipv4Config),
    gw: { ...formatted(format.ipv4), requires: "ip" },
    ip6: formatted(format.ipv6Config),
    gw6: { ...formatted(format.ipv6), requires: "ip6" },
  },
};

export const AGENT: PropertySchema = {
  defaultKey: "enabled",
  keys: {
    enabled: required(bool),
    fstrim_cloned_disks: bool,
    "freeze-fs": bool,
    type: oneOf("virtio", "isa"),
  },
  aliases: { "freeze-fs-on-backup": { to: "freeze-fs" }, "guest-fsfreeze": { to: "freeze-fs" } },
};

const CPU: PropertySchema = {
  defaultKey: "cputype",
  keys: {
    cputype: text,
    hidden: bool,
    flags: matching(/^[+-][a-zA-Z0-9\-_.]+(?:;[+-][a-zA-Z0-9\-_.]+)*$/),
    "hv-vendor-id": matching(/^[a-zA-Z0-9]{1,12}$/),
    "phys-bits": formatted(format.physBits),
    "guest-phys-bits": integer(32, 64),
    "reported-model": oneOf(...CPU_MODELS),
    level: integer(0, 4294967295),
  },
  problem: cpuProblem,
};

export const MEMORY: PropertySchema = {
  defaultKey: "current",
  keys: { current: required(integer(16)) },
};

export const BOOT: PropertySchema = {
  defaultKey: "legacy",
  keys: { legacy: matching(/^[acdn]{1,4}$/), order: formatted(format.listOf(bootDeviceProblem)) },
};

const PCI = "(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?";
const pciId = matching(/^0x[0-9a-fA-F]{4}$/);
const HOSTPCI: PropertySchema = {
  defaultKey: "host",
  keys: {
    host: matching(new RegExp(`^${PCI}(?:;${PCI})*$`)),
    mapping: formatted(format.configId),
    rombar: bool,
    romfile: matching(/^[^,;]+$/),
    pcie: bool,
    "x-vga": bool,
    "legacy-igd": bool,
    mdev: matching(/^[^/.:]+$/),
    "vendor-id": pciId,
    "device-id": pciId,
    "sub-vendor-id": pciId,
    "sub-device-id": pciId,
    driver: oneOf("vfio", "keep"),
  },
};

const USB: PropertySchema = {
  defaultKey: "host",
  keys: {
    host: matching(
      /^(?:(?:0x)?[0-9A-Fa-f]{4}:(?:0x)?[0-9A-Fa-f]{4}|\d+-\d+(?:\.\d+)*|[Ss][Pp][Ii][Cc][Ee])$/,
    ),
    mapping: formatted(format.configId),
    usb3: bool,
  },
};

const base64 = matching(/^[A-Za-z0-9+/]+={0,2}$/);
const SMBIOS: PropertySchema = {
  keys: {
    uuid: matching(/^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/),
    version: base64,
    serial: base64,
    manufacturer: base64,
    product: base64,
    sku: base64,
    family: base64,
    base64: bool,
  },
};

export const VGA: PropertySchema = {
  defaultKey: "type",
  keys: {
    type: oneOf(
      "cirrus",
      "qxl",
      "qxl2",
      "qxl3",
      "qxl4",
      "none",
      "serial0",
      "serial1",
      "serial2",
      "serial3",
      "std",
      "virtio",
      "virtio-gl",
      "vmware",
    ),
    memory: integer(4, 512),
    clipboard: oneOf("vnc"),
  },
};

const WATCHDOG: PropertySchema = {
  defaultKey: "model",
  keys: {
    model: oneOf("i6300esb", "ib700"),
    action: oneOf("reset", "shutdown", "poweroff", "pause", "debug", "none"),
  },
};

export const MACHINE: PropertySchema = {
  defaultKey: "type",
  keys: {
    type: {
      type: "string",
      maxLength: 40,
      pattern:
        /^(?:pc|pc(?:-i440fx)?-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|q35|pc-q35-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|virt(?:-\d+(?:\.\d+)+)?(?:\+pve\d+)?)$/,
    },
    viommu: oneOf("intel", "virtio"),
    "aw-bits": { type: "number", minimum: 32, maximum: 64 },
    "enable-s3": bool,
    "enable-s4": bool,
  },
};

const volume = formatted(format.volumeId);

/** The options that are property strings, by name without their index. */
export const PROPERTY_OPTIONS: Readonly<Record<string, PropertySchema>> = {
  net: NET,
  ipconfig: IPCONFIG,
  agent: AGENT,
  cpu: CPU,
  boot: BOOT,
  hostpci: HOSTPCI,
  usb: USB,
  smbios1: SMBIOS,
  vga: VGA,
  watchdog: WATCHDOG,
  machine: MACHINE,
  memory: MEMORY,
  rng0: {
    defaultKey: "source",
    keys: {
      source: required(oneOf("/dev/urandom", "/dev/random", "/dev/hwrng")),
      max_bytes: integer(),
      period: integer(),
    },
  },
  audio0: {
    keys: {
      device: required(oneOf("ich9-intel-hda", "intel-hda", "AC97")),
      driver: oneOf("spice", "none"),
    },
  },
  numa: {
    keys: {
      cpus: required(matching(RANGES)),
      memory: number,
      hostnodes: matching(RANGES),
      policy: oneOf("preferred", "bind", "interleave"),
    },
  },
  cicustom: { keys: { user: volume, network: volume, meta: volume, vendor: volume } },
  virtiofs: {
    defaultKey: "dirid",
    keys: {
      dirid: required(formatted(format.configId)),
      cache: oneOf("auto", "always", "metadata", "never"),
      "direct-io": bool,
      "expose-xattr": bool,
      "expose-acl": bool,
    },
  },
  spice_enhancements: { keys: { foldersharing: bool, videostreaming: oneOf("off", "all", "filter") } },
  ivshmem: { keys: { size: required(integer(1)), name: matching(/^[a-zA-Z0-9-]+$/) } },
  "amd-sev": {
    defaultKey: "type",
    keys: {
      type: required({ ...oneOf("std", "es", "snp"), maxLength: 3 }),
      "no-debug": bool,
      "no-key-sharing": bool,
      "allow-smt": bool,
      "kernel-hashes": bool,
    },
  },
  "intel-tdx": {
    defaultKey: "type",
    keys: {
      type: required(oneOf("tdx")),
      attestation: required(bool),
      "vsock-cid": integer(2),
      "vsock-port": integer(0),
    },
  },
  meta: { keys: { ctime: integer(0), "creation-qemu": matching(/^\d+(?:\.\d+)+$/) } },
};
