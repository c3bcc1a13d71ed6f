import type { Caller } from "./auth.ts";
import { requireAll } from "./auth.ts";
import { isDriveKey } from "./drive-schema.ts";
import { type Drive, isCdrom, printDrive, readDrive } from "./drive-string.ts";
import { addUnused } from "./drive-write.ts";
import { die } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { formatSize, parseSize } from "./size.ts";
import { ownerOf, storageIdOf } from "./storage.ts";
import { digestOf, type Vm } from "./vm.ts";
import { copyVolume } from "./vm-clone.ts";

function needDrive(vm: Vm, slot: string): Drive {
  const drive = readDrive(slot, vm.current.get(slot));
  if (drive === undefined) throw die(`disk '${slot}' does not exist`);
  return drive;
}

export interface ResizeRequest {
  readonly slot: string;
  readonly size: string;
  readonly digest: string | undefined;
}

/**
 * The worker of a resize; sizes are absolute, or relative with a `+`.
 * @see PUT /nodes/{node}/qemu/{vmid}/resize
 */
export function resizeDisk(estate: Estate, caller: Caller, vm: Vm, request: ResizeRequest): void {
  const { slot, size: wanted, digest } = request;
  // The digest is compared inside the task, so that a mismatch is a failed task and no HTTP error.
  if (digest !== undefined && digest !== digestOf(vm))
    throw die("checksum mismatch (file change by other user?)");
  checkLock(vm);
  const drive = needDrive(vm, slot);
  if (isCdrom(drive)) throw die("you can't resize a cdrom");
  requireAll(caller, `/storage/${storageIdOf(drive.file) ?? ""}`, ["Datastore.AllocateSpace"]);
  const volume = estate.storages.need(drive.file);
  const bytes = parseSize(wanted.replace("+", "")) ?? 0;
  const size = wanted.startsWith("+") ? volume.size + bytes : bytes;
  if (size < volume.size) throw die("shrinking disks is not supported");
  if (size === volume.size) return;
  const { type } = estate.storages.get(storageIdOf(drive.file) ?? "");
  if (type.startsWith("iscsi")) throw die("volume resize is not possible on iscsi device");
  volume.size = size;
  drive.options.set("size", formatSize(size));
  vm.current.set(slot, printDrive(drive));
}

export interface MoveRequest {
  readonly slot: string;
  readonly storage: string;
  readonly format: string | undefined;
  readonly deleteSource: boolean;
  readonly digest: string | undefined;
}

/**
 * Checks a move to another storage and answers the work that the task does.
 * @see POST /nodes/{node}/qemu/{vmid}/move_disk
 */
export function moveDisk(estate: Estate, caller: Caller, vm: Vm, request: MoveRequest): () => void {
  requireAll(caller, `/storage/${request.storage}`, ["Datastore.AllocateSpace"]);
  checkLock(vm);
  if (request.digest !== undefined && request.digest !== digestOf(vm)) {
    throw die("detected modified configuration - file changed by other user? Try again.");
  }
  const drive = needDrive(vm, request.slot);
  if (isCdrom(drive) && !drive.file.includes("cloudinit")) throw die("you can't move a cdrom");
  const storage = estate.storages.get(request.storage);
  if (drive.file.startsWith(`${storage.name}:`) && request.format === undefined) {
    throw die("you can't move to the same storage with same format");
  }
  const snapshotted = (estate.storages.find(drive.file)?.snapshots.size ?? 0) > 0;
  if (snapshotted && request.deleteSource) {
    throw die("you can't move a disk with snapshots and delete the source");
  }
  return () => {
    const old = drive.file;
    copyVolume(estate, vm.vmid, drive, storage.name, request.format);
    vm.current.set(request.slot, printDrive(drive));
    const running = vm.qemu?.drives.get(request.slot);
    if (vm.qemu !== undefined && running !== undefined) {
      vm.qemu.drives.set(request.slot, { ...running, volume: drive.file });
    }
    // Unlike a detach, a move asks nobody who owns the old volume.
    if (request.deleteSource) estate.storages.free(old);
    else addUnused(vm, old);
  };
}

/**
 * Checks a destruction and answers the work that the task does.
 * @see DELETE /nodes/{node}/qemu/{vmid}
 */
export function destroyVm(estate: Estate, vm: Vm, unreferenced: boolean): () => void {
  if (vm.current.get("protection") === "1") throw die(`can't remove VM ${vm.vmid} - protection mode enabled`);
  if (vm.qemu !== undefined) throw die(`VM ${vm.vmid} is running - destroy failed`);
  return () => {
    checkLock(vm);
    for (const section of [vm.current, vm.pending, ...vm.snapshots.values()]) {
      estate.storages.free(section.get("vmstate") ?? "");
      for (const [key, value] of section) {
        const file = isDriveKey(key) || key.startsWith("unused") ? readDrive(key, value)?.file : undefined;
        if (file !== undefined && ownerOf(file) === vm.vmid) estate.storages.free(file);
      }
    }
    if (unreferenced)
      for (const volume of estate.storages.ownedBy(vm.vmid)) estate.storages.free(volume.volid);
    estate.vms.delete(vm.vmid);
    for (const pool of estate.pools.values()) pool.vms.delete(vm.vmid);
  };
}
