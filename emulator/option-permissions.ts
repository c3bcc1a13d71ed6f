import { type Caller, hasAny, requireAll, requireAny, requireOnVm, type VmPlace } from "./auth.ts";
import { isCloudInitKey } from "./config-schema.ts";
import { isDriveKey } from "./drive-schema.ts";
import { die } from "./errors.ts";

const CPU = ["cores", "cpu", "cpulimit", "cpuunits", "numa", "smp", "sockets", "vcpus"];
const MEMORY = ["memory", "balloon", "shares", "allow-ksm"];
const HARDWARE = [
  "acpi",
  "audio0",
  "hotplug",
  "kvm",
  "machine",
  "rng0",
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

function requireCloudInit(caller: Caller, { vmid, pool }: VmPlace): void {
  const either = ["VM.Config.Cloudinit", "VM.Config.Network"];
  if (pool === undefined || !hasAny(caller, `/pool/${pool}`, either))
    requireAny(caller, `/vms/${vmid}`, either);
}

/** @throws the API's error unless the caller may change each of these keys, whatever their values */
export function requireOptionPrivileges(caller: Caller, place: VmPlace, keys: Iterable<string>): void {
  if (caller.isRoot) return;
  for (const key of keys) {
    // What these need hangs on their values.
    if (isDriveKey(key) || /^(?:unused|serial|usb|hostpci|virtiofs)\d+$/.test(key) || key === "tags")
      continue;
    if (isCloudInitKey(key)) {
      requireCloudInit(caller, place);
      continue;
    }
    const privilege = privilegeFor(key);
    if (privilege === undefined) throw die(`only root can set '${key}' config`);
    requireOnVm(caller, place, [privilege]);
    if (key === "startup") requireAll(caller, "/", ["Sys.Modify"]);
  }
}
