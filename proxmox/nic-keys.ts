import type { PropertyFormat } from "./key-rule.ts";

/** Words for an error about a slot. */
export const nicSlotsAllowed = "allowed are net0 to net31";

/** Device models that Proxmox offers. */
const nicModels = [
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

/**
 * A network device: `virtio=MAC,bridge=...` is model and macaddr. What the guest's device consists of is changed
 * by unplugging and plugging it; all else is the cable, and always live.
 */
export const nicFormat: PropertyFormat = {
  defaultKey: "model",
  combined: { key: "model", value: "macaddr", names: nicModels },
  required: { model: "virtio" },
  device: true,
  creation: "hotplug-network",
  keys: {
    model: { type: "enum", values: nicModels, change: "hotplug-network" },
    macaddr: {
      type: "mac",
      change: "hotplug-network",
      pattern: /^[0-9A-Fa-f][02468ACEace](?::[0-9A-Fa-f]{2}){5}$/,
    },
    queues: { type: "integer", change: "hotplug-network", absent: "0", minimum: 0, maximum: 64 },
    mtu: { type: "integer", change: "hotplug-network", absent: "1", minimum: 1, maximum: 65520 },
    "host-tunnel": { type: "boolean", change: "invisible" },
    bridge: { type: "text", change: "live", pattern: /^[-_.\w]+$/ },
    tag: { type: "integer", change: "live", minimum: 1, maximum: 4094 },
    trunks: { type: "set", change: "live", pattern: /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/ },
    firewall: { type: "boolean", change: "live", absent: "0" },
    rate: { type: "number", change: "live", absent: "0", minimum: 0 },
    link_down: { type: "boolean", change: "live", absent: "0" },
  },
};

/** Whether the key is a network device's slot. */
export function isNicSlot(key: string): boolean {
  return /^net(?:[12]?\d|3[01])$/.test(key);
}
