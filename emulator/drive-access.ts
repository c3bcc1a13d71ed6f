import { type Caller, hasAny, requireAll, requireAny } from "./auth.ts";
import { NEW_CLOUD_INIT, NEW_DISK } from "./drive-file.ts";
import { type Drive, isCdrom, isCloudInit, parseDrive } from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { contentOf, ownerOf, storageIdOf } from "./storage.ts";

/** @throws the API's 403 unless the caller may change this kind of drive */
export function requireDrivePrivilege(caller: Caller, vmid: number, drive: Drive): void {
  const path = `/vms/${vmid}`;
  if (isCloudInit(drive) || NEW_CLOUD_INIT.test(drive.file)) {
    requireAll(caller, path, ["VM.Config.Cloudinit", "VM.Config.CDROM"]);
  } else {
    requireAll(caller, path, [isCdrom(drive) ? "VM.Config.CDROM" : "VM.Config.Disk"]);
  }
}

/**
 * Checks that the caller may read a volume (pve-storage, PVE/Storage.pm); `vmid` is the VM that it is for, whose own
 * volumes need no more.
 * @throws the API's 403
 */
export function checkVolumeAccess(caller: Caller, vmid: number | undefined, volid: string): void {
  const storage = storageIdOf(volid);
  if (storage === undefined) {
    if (!caller.isRoot) throw die("Only root can pass arbitrary filesystem paths.");
    return;
  }
  const path = `/storage/${storage}`;
  if (hasAny(caller, path, ["Datastore.Allocate"])) return;
  const content = contentOf(volid);
  const owner = ownerOf(volid);
  if (["iso", "vztmpl", "import"].includes(content)) {
    requireAny(caller, path, ["Datastore.AllocateSpace", "Datastore.Audit"]);
  } else if (owner !== undefined && owner === vmid) {
    return;
  } else if (content === "backup" && owner !== undefined) {
    requireAll(caller, path, ["Datastore.AllocateSpace"]);
    requireAll(caller, `/vms/${owner}`, ["VM.Backup"]);
  } else if (content === "images" && owner !== undefined) {
    requireAll(caller, path, ["Datastore.Audit"]);
    requireAll(caller, `/vms/${owner}`, ["VM.Config.Disk"]);
  } else {
    throw die(`missing privileges to access ${volid}`);
  }
}

/** Checks that the caller may use what a drive parameter names, and that its storage can hold it. */
export function checkStorageAccess(
  estate: Estate,
  caller: Caller,
  vmid: number,
  slot: string,
  text: string,
): void {
  const drive = parseDrive(slot, text);
  if (drive.file === "none") return;
  if (drive.file === "cdrom") {
    requireAll(caller, "/", ["Sys.Console"]);
    return;
  }
  const source = drive.options.get("import-from");
  if (source !== undefined) checkVolumeAccess(caller, vmid, source);
  const fresh = NEW_DISK.exec(drive.file) ?? NEW_CLOUD_INIT.exec(drive.file);
  if (fresh === null) {
    checkVolumeAccess(caller, vmid, drive.file);
    if (contentOf(drive.file) === "iso" && !isCdrom(drive)) {
      throw paramError({ [slot]: "explicit 'media=cdrom' is required for iso images" });
    }
    return;
  }
  if (fresh[1] === undefined) throw die("no storage ID specified (and no default storage)");
  requireAll(caller, `/storage/${fresh[1]}`, ["Datastore.AllocateSpace"]);
  if (!estate.storages.get(fresh[1]).content.includes("images")) {
    throw paramError({ storage: `storage '${fresh[1]}' does not support vm images` });
  }
}
