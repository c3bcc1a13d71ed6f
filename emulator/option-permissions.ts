import { type Caller, requireAll, requireAny } from "./auth.ts";
import { isCloudInitKey } from "./config-schema.ts";
import { isDriveKey } from "./drive-schema.ts";
import { die } from "./errors.ts";
import { parseNet } from "./net-string.ts";

const CPU = ["cores", "cpu", "cpulimit", "cpuunits", "numa", "sockets", "vcpus"];
const MEMORY = ["memory", "balloon", "shares", "allow-ksm"];
const HARDWARE = [
  "acpi",
  "audio0",
  "hotplug",
  "kvm",
  "machine",
  "scsihw",
  "smbios1",
  "tablet",
  "vga",
  "watchdog",
];
const GENERAL = [
  "agent",
  "autostart",
  "bios",
  "description",
  "keyboard",
  "localtime",
  "migrate_downtime",
  "migrate_speed",
  "name",
  "onboot",
  "ostype",
  "protection",
  "reboot",
  "startdate",
  "startup",
  "tdf",
  "template",
];
const DISK = ["boot", "bootdisk", "vmstatestorage"];

/** Any one of these lets a caller try to change a config at all. */
export const CONFIG_PRIVILEGES: readonly string[] = [
  "VM.Config.Disk",
  "VM.Config.CDROM",
  "VM.Config.CPU",
  "VM.Config.Memory",
  "VM.Config.Network",
  "VM.Config.HWType",
  "VM.Config.Options",
  "VM.Config.Cloudinit",
];

function privilegeFor(key: string): string | undefined {
  if (CPU.includes(key) || /^numa\d+$/.test(key)) return "VM.Config.CPU";
  if (MEMORY.includes(key)) return "VM.Config.Memory";
  if (HARDWARE.includes(key)) return "VM.Config.HWType";
  if (GENERAL.includes(key)) return "VM.Config.Options";
  if (DISK.includes(key)) return "VM.Config.Disk";
  if (/^net\d+$/.test(key)) return "VM.Config.Network";
  if (key === "freeze") return "VM.PowerMgmt";
  return undefined;
}

/** @throws the API's error unless the caller may change each of these keys; drives are checked by their kind */
export function requireOptionPrivileges(caller: Caller, vmid: number, keys: Iterable<string>): void {
  if (caller.isRoot) return;
  const path = `/vms/${vmid}`;
  for (const key of keys) {
    if (isDriveKey(key) || /^(?:unused|serial|usb|hostpci|virtiofs)\d+$/.test(key)) continue;
    if (key === "tags" || key === "rng0") continue;
    if (isCloudInitKey(key)) {
      requireAny(caller, path, ["VM.Config.Cloudinit", "VM.Config.Network"]);
      continue;
    }
    const privilege = privilegeFor(key);
    if (privilege === undefined) throw die(`only root can set '${key}' config`);
    requireAll(caller, path, [privilege]);
    if (key === "startup") requireAll(caller, "/", ["Sys.Modify"]);
  }
}

function part(value: string, key: string): string | undefined {
  const prefix = `${key}=`;
  return value
    .split(",")
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}

function requireMapping(caller: Caller, kind: string, value: string): void {
  const mapping = part(value, "mapping");
  if (mapping === undefined) throw die("either 'host' or 'mapping' must be set.");
  requireAll(caller, `/mapping/${kind}/${mapping}`, ["Mapping.Use"]);
}

function hostOf(value: string): string | undefined {
  return part(value, "host") ?? value.split(",").find((entry) => !entry.includes("="));
}

/** @throws the API's error unless the caller may use the host's device that the value names */
export function requireDevicePrivileges(caller: Caller, vmid: number, key: string, value: string): void {
  if (caller.isRoot) return;
  const path = `/vms/${vmid}`;
  const host = hostOf(value);
  if (/^serial\d+$/.test(key)) {
    if (value !== "socket") throw die(`only root can set '${key}' config for real devices`);
    requireAll(caller, path, ["VM.Config.HWType"]);
  } else if (/^usb\d+$/.test(key)) {
    requireAll(caller, path, ["VM.Config.HWType"]);
    if (host === undefined) requireMapping(caller, "usb", value);
    else if (host !== "spice") throw die(`only root can set '${key}' config for real devices`);
  } else if (/^hostpci\d+$/.test(key)) {
    if (host !== undefined) throw die(`only root can set '${key}' config for non-mapped devices`);
    requireMapping(caller, "pci", value);
    requireAll(caller, path, ["VM.Config.HWType"]);
  } else if (key === "rng0") {
    requireAll(caller, path, ["VM.Config.HWType"]);
  } else if (key === "tags") {
    requireAll(caller, path, ["VM.Config.Options"]);
  }
}

/** @throws the API's 403 unless the caller may use the nic's bridge */
export function requireBridgeAccess(caller: Caller, key: string, value: string): void {
  const bridge = parseNet(key, value).get("bridge");
  if (bridge !== undefined) requireAny(caller, `/sdn/zones/localnetwork/${bridge}`, ["SDN.Use"]);
}
