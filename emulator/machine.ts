import { MACHINE } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";

const NEWEST = "10.1";
/** A Windows guest without a version of its own and without a note of its creation gets this one. */
const WINDOWS_WITHOUT_NOTE = "5.1";

function versionOf(text: string): readonly [major: number, minor: number] {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

function isAtLeast(text: string, major: number, minor: number): boolean {
  const [has, hasMinor] = versionOf(text);
  return has > major || (has === major && hasMinor >= minor);
}

/** Whether Proxmox takes the guest for a Windows. */
export function isWindows(ostype: string | undefined): boolean {
  return /^w(?:in\d+|xp|2k\d?|vista)$/.test(ostype ?? "");
}

/** Of the version that created a Windows guest only 9.1 and newer counts. */
function windowsVersion(meta: string | undefined): string {
  const created = /creation-qemu=(\d+\.\d+)/.exec(meta ?? "")?.[1];
  return created !== undefined && isAtLeast(created, 9, 1) ? created : WINDOWS_WITHOUT_NOTE;
}

/** The machine that QEMU is started with (qemu-server, `get_vm_machine`). */
export function startedMachine(config: ReadonlyMap<string, string>): string {
  const declared = config.get("machine");
  const type = (declared && parseProperties(MACHINE, "machine", declared).get("type")) ?? "pc";
  if (/\d\.\d/.test(type)) return /\+pve\d+/.test(type) ? type : `${type}+pve0`;
  const version = isWindows(config.get("ostype")) ? windowsVersion(config.get("meta")) : NEWEST;
  const chipset = { pc: "pc-i440fx", q35: "pc-q35" }[type] ?? type;
  return `${chipset}-${version}+pve0`;
}

/** Whether usb devices can be plugged into this machine while a guest of this type runs. */
export function takesUsb(machine: string, ostype: string | undefined): boolean {
  return isAtLeast(machine, 7, 1) && /^(?:l26|win8|win10|win11)$/.test(ostype ?? "");
}
