import type { ChangeClass, KeyRule, PropertyFormat } from "./key-rule.ts";
import { forms } from "./text-forms.ts";

const make =
  (type: KeyRule["type"]) =>
  (change: ChangeClass, absent?: string, rest: Partial<KeyRule> = {}): KeyRule => ({
    type,
    change,
    ...(absent !== undefined && { absent }),
    ...rest,
  });
const flag = make("boolean");
const integer = make("integer");
const text = make("text");
const set = make("set");
const oneOf = (change: ChangeClass, values: readonly string[], absent?: string): KeyRule => ({
  type: "enum",
  change,
  values,
  ...(absent !== undefined && { absent }),
});

const cpuFlag =
  "[+-](?:aes|amd-no-ssb|amd-ssbd|hv-evmcs|hv-tlbflush|ibpb|md-clear|nested-virt|pcid|pdpe1gb|spec-ctrl|ssbd|virt-ssbd)";
const cpuFlags = new RegExp(`^${cpuFlag}(?:;${cpuFlag})*$`);
const cpuSets = /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/;

/** Formats of the options that are property strings, by name without the index. */
export const optionFormats: Readonly<Record<string, PropertyFormat>> = {
  agent: {
    defaultKey: "enabled",
    // Newer releases print the second spelling and read both; older ones know only the first.
    aliases: { "freeze-fs": "freeze-fs-on-backup", "guest-fsfreeze": "freeze-fs-on-backup" },
    required: { enabled: "0" },
    creation: "cold",
    keys: {
      enabled: flag("cold", "0"),
      fstrim_cloned_disks: flag("live", "0"),
      "freeze-fs-on-backup": flag("cold", "1"),
      type: oneOf("cold", ["virtio", "isa"], "virtio"),
    },
  },
  cpu: {
    defaultKey: "cputype",
    // Proxmox refuses flags without a type; this is what an absent option means.
    required: { cputype: "kvm64" },
    keys: {
      cputype: text("cold", "kvm64"),
      "reported-model": text("cold", "kvm64"),
      hidden: flag("cold", "0"),
      "hv-vendor-id": text("cold", undefined, { pattern: /^[a-zA-Z0-9]{1,12}$/ }),
      flags: set("cold", undefined, { pattern: cpuFlags }),
      "guest-phys-bits": integer("cold", undefined, { minimum: 32, maximum: 64 }),
      "phys-bits": text("cold", undefined, { pattern: forms.physBits }),
      level: integer("cold", undefined, { minimum: 0, maximum: 4294967295 }),
    },
  },
  memory: {
    defaultKey: "current",
    keys: { current: integer("hotplug-memory", "512", { minimum: 16 }) },
  },
  boot: {
    defaultKey: "legacy",
    keys: {
      legacy: text("cold", undefined, { pattern: /^[acdn]{1,4}$/ }),
      order: make("list")("cold", undefined, { pattern: forms.bootDevices }),
    },
  },
  startup: {
    defaultKey: "order",
    zeroIsNone: true,
    keys: {
      order: integer("live", undefined, { minimum: 0, pattern: /^\d+$/ }),
      up: integer("live", undefined, { minimum: 0, pattern: /^\d+$/ }),
      down: integer("live", undefined, { minimum: 0, pattern: /^\d+$/ }),
    },
  },
  machine: {
    defaultKey: "type",
    keys: {
      type: text("cold", undefined, { pattern: forms.machine, maxLength: 40 }),
      viommu: oneOf("cold", ["intel", "virtio"]),
      "aw-bits": integer("cold", undefined, { minimum: 32, maximum: 64 }),
      "enable-s3": flag("cold"),
      "enable-s4": flag("cold"),
    },
  },
  vga: {
    defaultKey: "type",
    keys: {
      type: text("cold", "std"),
      memory: integer("cold", undefined, { minimum: 4, maximum: 512 }),
      clipboard: oneOf("cold", ["vnc"]),
    },
  },
  watchdog: {
    defaultKey: "model",
    device: true,
    keys: {
      model: oneOf("cold", ["i6300esb", "ib700"], "i6300esb"),
      action: oneOf("cold", ["reset", "shutdown", "poweroff", "pause", "debug", "none"], "reset"),
    },
  },
  hostpci: {
    defaultKey: "host",
    device: true,
    keys: {
      host: text("cold", undefined, { pattern: forms.pciDevices }),
      mapping: text("cold", undefined, { pattern: forms.configId }),
      rombar: flag("cold", "1"),
      romfile: text("cold", undefined, { pattern: /^[^,;]+$/ }),
      pcie: flag("cold", "0"),
      "x-vga": flag("cold", "0"),
      "legacy-igd": flag("cold", "0"),
      mdev: text("cold", undefined, { pattern: /^[^/.:]+$/ }),
      "vendor-id": text("cold", undefined, { pattern: forms.pciId }),
      "device-id": text("cold", undefined, { pattern: forms.pciId }),
      "sub-vendor-id": text("cold", undefined, { pattern: forms.pciId }),
      "sub-device-id": text("cold", undefined, { pattern: forms.pciId }),
      driver: oneOf("cold", ["vfio", "keep"], "vfio"),
    },
  },
  usb: {
    defaultKey: "host",
    device: true,
    keys: {
      host: text("hotplug-usb", undefined, { pattern: forms.usbHost }),
      mapping: text("hotplug-usb", undefined, { pattern: forms.configId }),
      usb3: flag("hotplug-usb", "0"),
    },
  },
  rng0: {
    defaultKey: "source",
    device: true,
    required: { source: undefined },
    keys: {
      source: oneOf("cold", ["/dev/urandom", "/dev/random", "/dev/hwrng"]),
      max_bytes: integer("cold", "1024", { minimum: 0 }),
      period: integer("cold", "1000", { minimum: 0 }),
    },
  },
  audio0: {
    device: true,
    required: { device: undefined },
    keys: {
      device: oneOf("cold", ["ich9-intel-hda", "intel-hda", "AC97"]),
      driver: oneOf("cold", ["spice", "none"], "spice"),
    },
  },
  numa: {
    device: true,
    required: { cpus: undefined },
    keys: {
      cpus: set("cold", undefined, { pattern: cpuSets }),
      memory: make("number")("cold"),
      hostnodes: set("cold", undefined, { pattern: cpuSets }),
      policy: oneOf("cold", ["preferred", "bind", "interleave"]),
    },
  },
  virtiofs: {
    defaultKey: "dirid",
    device: true,
    required: { dirid: undefined },
    keys: {
      dirid: text("cold", undefined, { pattern: forms.configId }),
      cache: oneOf("cold", ["auto", "always", "metadata", "never"], "auto"),
      "direct-io": flag("cold", "0"),
      "expose-xattr": flag("cold", "0"),
      "expose-acl": flag("cold", "0"),
    },
  },
  ivshmem: {
    device: true,
    required: { size: undefined },
    keys: {
      size: integer("cold", undefined, { minimum: 1 }),
      name: text("cold", undefined, { pattern: /^[a-zA-Z0-9-]+$/ }),
    },
  },
  spice_enhancements: {
    keys: {
      foldersharing: flag("cold", "0"),
      videostreaming: oneOf("cold", ["off", "all", "filter"], "off"),
    },
  },
  smbios1: {
    keys: {
      uuid: text("cold", undefined, { pattern: forms.uuid }),
      version: text("cold", undefined, { pattern: forms.base64 }),
      serial: text("cold", undefined, { pattern: forms.base64 }),
      manufacturer: text("cold", undefined, { pattern: forms.base64 }),
      product: text("cold", undefined, { pattern: forms.base64 }),
      sku: text("cold", undefined, { pattern: forms.base64 }),
      family: text("cold", undefined, { pattern: forms.base64 }),
      base64: flag("cold", "0"),
    },
  },
  cicustom: {
    keys: {
      user: text("invisible", undefined, { pattern: forms.volumeId }),
      network: text("invisible", undefined, { pattern: forms.volumeId }),
      meta: text("invisible", undefined, { pattern: forms.volumeId }),
      vendor: text("invisible", undefined, { pattern: forms.volumeId }),
    },
  },
  ipconfig: {
    keys: {
      ip: text("invisible", undefined, { pattern: forms.ipv4Config }),
      gw: text("invisible", undefined, { pattern: forms.ipv4 }),
      ip6: text("invisible", undefined, { pattern: forms.ipv6Config }),
      gw6: text("invisible", undefined, { pattern: forms.ipv6 }),
    },
  },
};
