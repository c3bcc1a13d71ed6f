import { driveFormat } from "./drive-formats.ts";
import { type Properties, PropertyStringError, parseProperties, printProperties } from "./property-string.ts";

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

/** The volume in a slot's text, with which it begins whatever else is wrong with it. */
export function volumeIn(slot: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDrive(slot, text).get("file");
  } catch (error) {
    if (error instanceof PropertyStringError) return text.split(",")[0];
    throw error;
  }
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
 * The VM that owns a volume: on file storages the one whose folder it is in, whatever its name says, elsewhere
 * the one in its name; undefined for a path, a LUN and what is no disk. Proxmox frees and moves only what is
 * owned so.
 */
export function ownerOf(volume: string): number | undefined {
  const name = nameOf(volume);
  if (name === undefined || /^(?:iso|vztmpl|backup|snippets|import)\//.test(name)) return undefined;
  // A linked clone's text begins with its base's.
  const owner =
    /^\d+\/\S+\/(\d+)\/\S+$/.exec(name)?.[1] ??
    /^(\d+)\/\S+$/.exec(name)?.[1] ??
    /^(?:\S+\/)?(?:vm|base|subvol|basevol)-(\d+)-[^/\s]+$/.exec(name)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** Whether the volume is a LUN of an iSCSI target, which no VM owns. */
export function isLun(volume: string): boolean {
  return /^(?:\d+\.\d+\.\d+\.[^/\s]+|lun\d+)$/.test(nameOf(volume) ?? "");
}

/**
 * Why Proxmox refuses every text of a drive on this volume, the same as before included; undefined where it does
 * not.
 */
export function unwritable(volume: string): string | undefined {
  if (volume.startsWith("/")) return "only root@pam may write a drive that is given by its path";
  return nameOf(volume)?.startsWith("iso/") ? "Proxmox takes an ISO image only with media=cdrom" : undefined;
}

function nameOf(volume: string): string | undefined {
  return datastoreOf(volume) === undefined ? undefined : volume.slice(volume.indexOf(":") + 1);
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
