import { type Caller, hasAny, requireAll, requireAny } from "./auth.ts";
import { sortedEntries } from "./by-bytes.ts";
import { NEW_CLOUD_INIT, NEW_DISK } from "./drive-file.ts";
import { busOf } from "./drive-schema.ts";
import { type Drive, isCdrom, isCloudInit, readDrive } from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { contentOf, ownerOf, storageIdOf } from "./storage.ts";
import { parseVolumeName } from "./volume-name.ts";

/** @throws the API's 403 unless the caller may change this kind of drive */
export function requireDrivePrivilege(caller: Caller, vmid: number, drive: Drive): void {
  const path = `/vms/${vmid}`;
  if (isCloudInit(drive)) {
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

function checkNewDisk(estate: Estate, caller: Caller, storage: string): void {
  requireAll(caller, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  if (!estate.storages.get(storage).content.includes("images")) {
    throw paramError({ storage: `storage '${storage}' does not support vm images` });
  }
}

function checkVolume(estate: Estate, caller: Caller, vmid: number, slot: string, file: string): void {
  const content = parseVolumeName(estate.storages, file)?.content ?? "images";
  checkVolumeAccess(caller, vmid, file);
  if (content !== "images" && content !== "iso") {
    throw paramError({ [slot]: "content type needs to be 'images' or 'iso'" });
  }
}

function checkImportSource(caller: Caller, vmid: number, source: string): void {
  const owner = contentOf(source) === "images" ? ownerOf(source) : undefined;
  if (owner === undefined) checkVolumeAccess(caller, vmid, source);
  // Its VM may be running: the volume is copied as a clone copies it.
  else requireAll(caller, `/vms/${owner}`, ["VM.Clone"]);
}

function checkDrive(estate: Estate, caller: Caller, vmid: number, drive: Drive): void {
  const { file, slot } = drive;
  // A cloud-init image asks for nothing of the storage.
  if (file === "none" || NEW_CLOUD_INIT.test(file)) return;
  const fresh = isCdrom(drive) ? null : NEW_DISK.exec(file);
  if (file === "cdrom" && isCdrom(drive)) requireAll(caller, "/", ["Sys.Console"]);
  else if (fresh !== null) checkNewDisk(estate, caller, fresh[1] ?? "");
  else checkVolume(estate, caller, vmid, slot, file);
  const source = drive.options.get("import-from");
  if (source !== undefined) checkImportSource(caller, vmid, source);
}

function checkUnused(estate: Estate, caller: Caller, vmid: number, { file }: Drive): void {
  const content = parseVolumeName(estate.storages, file)?.content;
  if (content !== "images") throw die(`unable to use volume ${file} - content type needs to be 'images'`);
  checkVolumeAccess(caller, vmid, file);
}

/** Checks that the caller may use what drives, and the storage for saved state, name; and that it can hold them. */
export function checkStorageAccess(
  estate: Estate,
  caller: Caller,
  vmid: number,
  values: ReadonlyMap<string, string>,
): void {
  const drives = sortedEntries(values).flatMap(([key, value]) => {
    const drive = busOf(key) === undefined ? undefined : readDrive(key, value);
    return drive === undefined ? [] : [drive];
  });
  const isUnused = ({ slot }: Drive) => busOf(slot) === "unused";
  for (const drive of drives) if (!isUnused(drive)) checkDrive(estate, caller, vmid, drive);
  for (const drive of drives) if (isUnused(drive)) checkUnused(estate, caller, vmid, drive);
  const state = values.get("vmstatestorage");
  if (state !== undefined) requireAll(caller, `/storage/${state}`, ["Datastore.AllocateSpace"]);
}
