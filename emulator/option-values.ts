import { byBytes } from "./by-bytes.ts";
import { isDriveKey } from "./drive-schema.ts";
import { canonicalDrive } from "./drive-write.ts";
import type { Estate } from "./estate.ts";
import { isWindows } from "./machine.ts";
import { storedNet } from "./net-string.ts";
import { MACHINE, VGA } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";
import { splitList } from "./text-formats.ts";

function uniqueTags(value: string): string {
  return [...new Set(splitList(value.toLowerCase()))].sort(byBytes).join(";");
}

/** An option as it will be stored, as far as that is known before the storage is touched. */
export function storedOption({ storages, random }: Estate, key: string, value: string): string {
  if (isDriveKey(key)) return canonicalDrive(storages, key, value);
  if (/^net\d+$/.test(key)) return storedNet(key, value, random);
  if (key === "vmgenid" && value === "1") return random.uuid();
  if (key === "tags") return uniqueTags(value);
  if (key === "cipassword") return `$5$emulated$${value.length}`;
  // Under cgroup v2, which all of Proxmox VE 9 has, a higher weight means nothing.
  return key === "cpuunits" && Number(value) >= 10_000 ? "10000" : value;
}

/** The machine that a Windows guest is pinned to; undefined where nothing is pinned. */
export function pinnedMachine(ostype: string | undefined, machine: string | undefined): string | undefined {
  if (!isWindows(ostype)) return undefined;
  const [type, ...options] = (machine ?? "pc").split(",");
  const pinned = { pc: "pc-i440fx-10.1", q35: "pc-q35-10.1" }[type ?? ""];
  return pinned === undefined ? undefined : [pinned, ...options].join(",");
}

function vgaProblem(vga: ReadonlyMap<string, string>): string | undefined {
  const type = vga.get("type") ?? "std";
  const isFine = !vga.has("clipboard") || /^(?:std|cirrus|vmware|virtio|qxl)/.test(type);
  return isFine ? undefined : `vga type ${type} is not compatible with VNC clipboard`;
}

function machineProblem(machine: ReadonlyMap<string, string>): string | undefined {
  const viommu = machine.get("viommu");
  const width = Number(machine.get("aw-bits") ?? 0);
  if (viommu === "intel" && machine.get("type")?.includes("q35") !== true) {
    return "to use Intel vIOMMU please set the machine type to q35";
  }
  if (viommu === "intel" && ![0, 39, 48].includes(width)) {
    return "Intel vIOMMU supports only 39 or 48 bits as address width";
  }
  return viommu === undefined && width !== 0 ? "cannot set aw-bits if no vIOMMU is configured" : undefined;
}

/** What is wrong with a value that its schema takes; Proxmox says it only when it writes the key. */
export function lateProblem(key: string, value: string): string | undefined {
  if (key === "vga") return vgaProblem(parseProperties(VGA, key, value));
  return key === "machine" ? machineProblem(parseProperties(MACHINE, key, value)) : undefined;
}
