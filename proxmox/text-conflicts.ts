import { type Conflict, driveConflicts } from "./drive-conflicts.ts";
import { busOf } from "./drive-slots.ts";
import { parseBoolean } from "./meaning.ts";
import { isNicSlot } from "./nic-keys.ts";
import type { Properties } from "./property-string.ts";

/**
 * Combinations of keys in one property string that the API takes and that Proxmox refuses later, when it starts
 * the VM or makes its cloud-init image, or does not act on.
 */
export function textConflicts(key: string, view: Properties): Conflict[] {
  if (busOf(key) !== undefined) return driveConflicts(view);
  if (isNicSlot(key)) return nicConflicts(view);
  const rules = Object.hasOwn(byFamily, familyOf(key)) ? byFamily[familyOf(key)] : undefined;
  return rules?.(view) ?? [];
}

function familyOf(key: string): string {
  return key.replace(/\d+$/, "");
}

const byFamily: Readonly<Record<string, (view: Properties) => Conflict[]>> = {
  hostpci: (view) => [...hostOrMapping(view), ...mediatedConflicts(view), ...legacyGraphicsConflicts(view)],
  ipconfig: (view) => [...gatewayConflicts(view, "gw", "ip"), ...gatewayConflicts(view, "gw6", "ip6")],
  machine: viommuConflicts,
  numa: numaConflicts,
  usb: hostOrMapping,
  vga: clipboardConflicts,
};

/** Such a text is dropped as a whole: the guest gets neither the address nor DHCP. */
function gatewayConflicts(view: Properties, gateway: string, address: string): Conflict[] {
  const at = view.get(address);
  if (!view.has(gateway) || /[.:]/.test(at ?? "")) return [];
  // An IPv4 address of "manual" is let through.
  if (gateway === "gw" && at !== undefined && at !== "dhcp") return [];
  return [
    {
      keys: [gateway, address],
      wrong: `a gateway ${at === undefined ? `without ${address}, its address` : `beside ${address} = ${at}`}, for which Proxmox drops the whole text`,
      allowed: "allowed is a gateway beside a fixed address",
      fix: `declare ${address} with its prefix length, or take ${gateway} away`,
    },
  ];
}

function hostOrMapping(view: Properties): Conflict[] {
  const [host, mapping] = [view.get("host"), view.get("mapping")];
  if ((host === undefined) !== (mapping === undefined)) return [];
  return [
    {
      keys: ["host", "mapping"],
      wrong: host === undefined ? "neither host nor mapping" : `host beside mapping = ${mapping}`,
      allowed: "allowed is exactly one of the two",
      fix: host === undefined ? "declare one of them" : "declare the other one as absent",
    },
  ];
}

function mediatedConflicts(view: Properties): Conflict[] {
  if (!view.has("mdev") || !view.get("host")?.includes(";")) return [];
  return [
    {
      keys: ["mdev", "host"],
      wrong: "a mediated device of several functions, which the VM does not start with",
      allowed: "allowed beside mdev is one function",
      fix: "declare one host address, or no mdev",
    },
  ];
}

function legacyGraphicsConflicts(view: Properties): Conflict[] {
  if (!isOn(view, "legacy-igd")) return [];
  const others = [
    ...(isOn(view, "x-vga") ? ["x-vga"] : []),
    ...(view.has("mdev") ? ["mdev"] : []),
    ...(parseBoolean(view.get("rombar") ?? "1") === false ? ["rombar"] : []),
  ];
  return others.map((other) => ({
    keys: ["legacy-igd", other],
    wrong: `legacy-igd beside ${other} = ${view.get(other)}, with which the VM does not start`,
    allowed: "allowed beside legacy-igd are rombar on, and neither x-vga nor mdev",
    fix: `declare legacy-igd as false, or another ${other}`,
  }));
}

function viommuConflicts(view: Properties): Conflict[] {
  const viommu = view.get("viommu");
  const width = view.get("aw-bits");
  if (viommu === "intel" && !/q35/.test(view.get("type") ?? "")) {
    return [
      {
        keys: ["type", "viommu"],
        wrong: "viommu intel on another machine than q35",
        allowed: "allowed beside viommu = intel is q35",
        fix: "declare q35, or another viommu",
      },
    ];
  }
  if (width === undefined || (viommu === "intel" && ["39", "48"].includes(width)) || viommu === "virtio")
    return [];
  return [
    {
      keys: ["aw-bits", "viommu"],
      wrong:
        viommu === undefined ? "aw-bits without viommu" : "an address width that viommu intel does not have",
      allowed: "allowed are 39 and 48 beside viommu = intel, and any width beside virtio",
      fix: "correct aw-bits, or take it away",
    },
  ];
}

function numaConflicts(view: Properties): Conflict[] {
  if (!view.has("hostnodes") || view.has("policy")) return [];
  return [
    {
      keys: ["policy", "hostnodes"],
      wrong: "hostnodes without a policy, with which the VM does not start",
      allowed: "allowed are preferred, bind and interleave beside hostnodes",
      fix: "declare policy, or take hostnodes away",
    },
  ];
}

function clipboardConflicts(view: Properties): Conflict[] {
  const type = view.get("type");
  if (
    view.get("clipboard") !== "vnc" ||
    type === undefined ||
    /^(?:std|cirrus|vmware|virtio|qxl)/.test(type)
  ) {
    return [];
  }
  return [
    {
      keys: ["type", "clipboard"],
      wrong: "a display that has no VNC clipboard",
      allowed: "allowed beside clipboard = vnc are std, cirrus, vmware, virtio and qxl",
      fix: "declare another type, or take clipboard away",
    },
  ];
}

/** On other models than virtio QEMU ignores it; what the bridge has nobody can read here. */
function nicConflicts(view: Properties): Conflict[] {
  const mtu = Number(view.get("mtu") ?? 1);
  if (view.get("model") !== "virtio" || mtu <= 1 || mtu >= 576) return [];
  return [
    {
      keys: ["mtu"],
      wrong: "below the least that IP allows, with which the VM does not start",
      allowed: "allowed is 1, which is that of the bridge, or 576 and more",
      fix: "correct mtu",
    },
  ];
}

function isOn(view: Properties, key: string): boolean {
  return parseBoolean(view.get(key) ?? "0") === true;
}
