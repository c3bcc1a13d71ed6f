import { driveFormat } from "./drive-formats.ts";
import { type Properties, parseProperties, printProperties } from "./property-string.ts";

/** A drive's keys; the volume is `file`. */
export type Drive = Properties;

/**
 * The keys of what a slot holds.
 *
 * @throws {PropertyStringError} when Proxmox could not read it either
 */
export function parseDrive(slot: string, text: string): Map<string, string> {
  return parseProperties(driveFormat(slot) ?? { keys: {}, defaultKey: "file" }, text);
}

/** A drive's text in Proxmox's order: the volume bare, then the keys by their bytes. */
export function printDrive(drive: Drive): string {
  return printProperties({ keys: {}, defaultKey: "file" }, drive);
}

/** Storage of a volume: `local-lvm` of `local-lvm:vm-100-disk-0`; undefined for a path. */
export function datastoreOf(volume: string): string | undefined {
  const at = volume.indexOf(":");
  return at > 0 && !volume.startsWith("/") ? volume.slice(0, at) : undefined;
}

/**
 * The VM that owns a volume, by the id in the volume's name; undefined for a path and for names without one.
 * Proxmox frees and moves only what is owned so.
 */
export function ownerOf(volume: string): number | undefined {
  if (datastoreOf(volume) === undefined) return undefined;
  const name =
    volume
      .slice(volume.indexOf(":") + 1)
      .split("/")
      .at(-1) ?? "";
  const match = /^(?:vm|base|subvol|basevol)-(\d+)-/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Whether the drive is a CD-ROM; a cloud-init drive is one. */
export function isCdrom(drive: Drive): boolean {
  const file = drive.get("file");
  return drive.get("media") === "cdrom" || file === "none" || file === "cdrom" || isCloudInit(drive);
}

/** Whether the drive holds the VM's cloud-init data. */
export function isCloudInit(drive: Drive): boolean {
  return /[:/](?:vm-\d+-)?cloudinit(?:\.\w+)?$/.test(drive.get("file") ?? "");
}
