import { type Caller, hasAny, requireAll, requireAny } from "./auth.ts";
import { NEW_CLOUD_INIT, NEW_DISK } from "./drive-file.ts";
import { type Drive, isCdrom, isCloudInit, readDrive } from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { contentOf, ownerOf, storageIdOf } from "./storage.ts";
import { parseVolumeName } from "./volume-name.ts";

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
  const drive = readDrive(slot, text);
  if (drive === undefined) return;
  const { file } = drive;
  const fresh = NEW_DISK.exec(file);
  if (file === "cdrom" && isCdrom(drive)) requireAll(caller, "/", ["Sys.Console"]);
  else if (fresh !== null && !isCdrom(drive)) {
    const storage = fresh[1] ?? "";
    requireAll(caller, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
    if (!estate.storages.get(storage).content.includes("images")) {
      throw paramError({ storage: `storage '${storage}' does not support vm images` });
    }
  } else if (file !== "none" && !NEW_CLOUD_INIT.test(file)) {
    const content = parseVolumeName(estate.storages, file)?.content ?? "images";
    checkVolumeAccess(caller, vmid, file);
    if (content !== "images" && content !== "iso") {
      throw paramError({ [slot]: "content type needs to be 'images' or 'iso'" });
    }
  }
  const source = drive.options.get("import-from");
  if (source !== undefined) checkVolumeAccess(caller, vmid, source);
}

/** Checks that the caller may use the volume of an `unusedN` parameter. */
export function checkUnusedAccess(
  estate: Estate,
  caller: Caller,
  vmid: number,
  slot: string,
  text: string,
): void {
  const file = readDrive(slot, text)?.file ?? "";
  const content = parseVolumeName(estate.storages, file)?.content;
  if (content !== "images") throw die(`unable to use volume ${file} - content type needs to be 'images'`);
  checkVolumeAccess(caller, vmid, file);
}
