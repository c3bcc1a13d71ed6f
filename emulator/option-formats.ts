import type { PropertySchema } from "./property-string.ts";
import { bool, integer, number, oneOf, type Rule, required, text } from "./rule.ts";

const MAC = /^(?:[0-9a-f][02468ace])(?::[0-9a-f]{2}){5}$/i;
const mac: Rule = {
  type: "string",
  format: (value) => (MAC.test(value) ? undefined : "value does not look like a valid unicast MAC address"),
};

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
    macaddr: mac,
    bridge: { type: "string", pattern: /^[-_.\w\d]+$/ },
    queues: integer(0, 64),
    rate: { type: "number", minimum: 0 },
    tag: integer(1, 4094),
    trunks: { type: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
    firewall: bool,
    link_down: bool,
    mtu: integer(1, 65520),
    "host-mtu": integer(1, 65520),
  },
  aliases: Object.fromEntries(MODELS.map((model) => [model, { to: "macaddr", keyTo: "model" }])),
};

const cidr: Rule = text;
const IPCONFIG: PropertySchema = { keys: { ip: cidr, gw: text, ip6: cidr, gw6: text } };

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
    cputype: { type: "string", pattern: /^[\w.-]+$/ },
    hidden: bool,
    flags: { type: "string", pattern: /^[+-][a-zA-Z0-9\-_.]+(?:;[+-][a-zA-Z0-9\-_.]+)*$/ },
    "hv-vendor-id": { type: "string", pattern: /^[a-zA-Z0-9]{1,12}$/ },
    "phys-bits": text,
    "guest-phys-bits": integer(32, 64),
    "reported-model": text,
    level: integer(),
  },
};

export const BOOT: PropertySchema = {
  defaultKey: "legacy",
  keys: { legacy: { type: "string", pattern: /^[acdn]{1,4}$/ }, order: text },
};

const HOSTPCI: PropertySchema = {
  defaultKey: "host",
  keys: {
    host: {
      type: "string",
      pattern: /^(?:(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-9a-f])?;?)+$/i,
    },
    mapping: text,
    rombar: bool,
    romfile: text,
    pcie: bool,
    "x-vga": bool,
    "legacy-igd": bool,
    mdev: text,
    "vendor-id": text,
    "device-id": text,
    "sub-vendor-id": text,
    "sub-device-id": text,
    driver: oneOf("vfio", "keep"),
  },
};

const USB: PropertySchema = { defaultKey: "host", keys: { host: text, mapping: text, usb3: bool } };

const SMBIOS: PropertySchema = {
  keys: {
    uuid: { type: "string", pattern: /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/ },
    version: text,
    serial: text,
    manufacturer: text,
    product: text,
    sku: text,
    family: text,
    base64: bool,
  },
};

const VGA: PropertySchema = {
  defaultKey: "type",
  keys: {
    type: oneOf(
      "cirrus",
      "none",
      "qxl",
      "qxl2",
      "qxl3",
      "qxl4",
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

const MACHINE: PropertySchema = {
  defaultKey: "type",
  keys: {
    type: {
      type: "string",
      pattern:
        /^(?:pc|pc(?:-i440fx)?-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|q35|pc-q35-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|virt(?:-\d+(?:\.\d+)+)?(?:\+pve\d+)?)$/,
    },
    viommu: oneOf("intel", "virtio"),
    "enable-s3": bool,
    "enable-s4": bool,
    "aw-bits": number,
  },
};

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
  memory: { defaultKey: "current", keys: { current: required(integer(16)) } },
  startup: {
    defaultKey: "order",
    keys: { order: integer(0), up: integer(0), down: integer(0) },
  },
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
      cpus: required({ type: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ }),
      memory: number,
      hostnodes: { type: "string", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
      policy: oneOf("preferred", "bind", "interleave"),
    },
  },
  cicustom: { keys: { user: text, network: text, meta: text, vendor: text } },
  virtiofs: {
    defaultKey: "dirid",
    keys: {
      dirid: required(text),
      cache: oneOf("auto", "always", "metadata", "never"),
      "direct-io": bool,
      "expose-xattr": bool,
      "expose-acl": bool,
    },
  },
  spice_enhancements: { keys: { foldersharing: bool, videostreaming: oneOf("off", "all", "filter") } },
  ivshmem: { keys: { size: required(integer(1)), name: text } },
  "amd-sev": {
    defaultKey: "type",
    keys: {
      type: oneOf("std", "es", "snp"),
      "no-debug": bool,
      "no-key-sharing": bool,
      "allow-smt": bool,
      "kernel-hashes": bool,
    },
  },
};
