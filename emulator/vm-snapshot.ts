import { busOf, isDriveKey } from "./drive-schema.ts";
import { type Drive, isCdrom, readDrive } from "./drive-string.ts";
import { addUnused, dropReusedVolumes } from "./drive-write.ts";
import { die } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { resumeFrom, stopForRollback } from "./power.ts";
import { isFileStorage, storageIdOf } from "./storage.ts";
import type { TaskLog } from "./tasks.ts";
import { isTemplate, type Section, type Vm } from "./vm.ts";
import { dropState, forgetState, saveState } from "./vm-state.ts";

/** Storages whose volumes can be snapshotted in any format (pve-storage, each plugin's `volume_has_feature`). */
const SNAPSHOT_TYPES: readonly string[] = ["btrfs", "lvmthin", "rbd", "zfspool", "zfs"];

const LEFT_OUT: readonly string[] = ["snapstate", "snaptime", "vmstate", "lock", "digest", "description"];

function copyable(section: Section): [string, string][] {
  return [...section].filter(([key]) => !LEFT_OUT.includes(key) && busOf(key) !== "unused");
}

function disksOf(section: Section): Drive[] {
  return [...section].flatMap(([key, value]) => {
    const drive = isDriveKey(key) && busOf(key) !== "unused" ? readDrive(key, value) : undefined;
    return drive === undefined || isCdrom(drive) ? [] : [drive];
  });
}

function canSnapshot(estate: Estate, { file }: Drive): boolean {
  const storage = estate.storages.all.get(storageIdOf(file) ?? "");
  if (storage === undefined) return false;
  if (SNAPSHOT_TYPES.includes(storage.type)) return true;
  return isFileStorage(storage) && file.endsWith(".qcow2");
}

/** @throws the task's error when there is no such snapshot */
export function findSnapshot(vm: Vm, name: string): Section {
  const snapshot = vm.snapshots.get(name);
  if (snapshot === undefined) throw die(`snapshot '${name}' does not exist`);
  return snapshot;
}

export interface SnapshotRequest {
  readonly name: string;
  readonly description: string | undefined;
  /** Whether the memory is kept too; only a running VM has any. */
  readonly memory: boolean;
}

/** The worker of a snapshot (pve-guest-common, AbstractConfig.pm). */
export function takeSnapshot(estate: Estate, vm: Vm, request: SnapshotRequest, log: TaskLog): void {
  const { name, description, memory } = request;
  if (isTemplate(vm)) throw die("you can't take a snapshot if it's a template");
  checkLock(vm);
  if (vm.snapshots.has(name)) throw die(`snapshot name '${name}' already used`);
  const disks = disksOf(vm.current);
  if (!disks.every((drive) => canSnapshot(estate, drive))) throw die("snapshot feature is not available");
  const volumes = disks.map(({ file }) => estate.storages.need(file));
  for (const [other, section] of vm.snapshots) {
    if (section.get("parent") !== name) continue;
    log.print(`deleting parent '${name}' reference from '${other}' to avoid bogus snapshot cycle.`);
    section.delete("parent");
  }
  const snapshot: Section = new Map(copyable(vm.current));
  if (memory && vm.qemu !== undefined) saveState(estate, vm, snapshot, name);
  snapshot.set("snaptime", String(estate.clock.seconds()));
  if (description !== undefined && description !== "") snapshot.set("description", description);
  for (const volume of volumes) volume.snapshots.set(name, volume.size);
  vm.snapshots.set(name, snapshot);
  vm.current.set("parent", name);
}

/**
 * The worker of a roll back. The config is the snapshot's, and what waited is lost; the description and the list of
 * unused volumes stay.
 */
export function rollBack(estate: Estate, vm: Vm, name: string): void {
  if (isTemplate(vm)) throw die("you can't rollback if vm is a template");
  const snapshot = findSnapshot(vm, name);
  checkLock(vm);
  stopForRollback(estate, vm);
  const disks = disksOf(snapshot);
  for (const { file } of disks) {
    const volume = estate.storages.need(file);
    const size = volume.snapshots.get(name);
    if (size === undefined) throw die(`volume '${file}' has no snapshot '${name}'`);
    volume.size = size;
  }
  const kept = new Set(disks.map(({ file }) => file));
  for (const { file } of disksOf(vm.current)) if (!kept.has(file)) addUnused(vm, file);
  const stays = [...vm.current].filter(([key]) => key === "description" || busOf(key) === "unused");
  vm.pending.clear();
  vm.pendingDelete.clear();
  vm.current.clear();
  for (const [key, value] of [...stays, ...copyable(snapshot)]) vm.current.set(key, value);
  vm.current.set("parent", name);
  if (vm.current.has("vmgenid")) vm.current.set("vmgenid", estate.random.uuid());
  forgetState(vm.current);
  dropReusedVolumes(vm);
  if (snapshot.has("vmstate")) resumeFrom(estate, vm);
}

function unlink(section: Section, name: string, parent: string | undefined): void {
  if (section.get("parent") !== name) return;
  if (parent === undefined) section.delete("parent");
  else section.set("parent", parent);
}

/** The worker of a snapshot's end: volumes that nothing else names become `unusedN`. */
export function dropSnapshot(estate: Estate, vm: Vm, name: string): void {
  const snapshot = findSnapshot(vm, name);
  checkLock(vm);
  if (isTemplate(vm)) throw die("you can't delete a snapshot if vm is a template");
  dropState(estate, snapshot);
  const disks = disksOf(snapshot);
  for (const { file } of disks) estate.storages.find(file)?.snapshots.delete(name);
  vm.snapshots.delete(name);
  for (const section of [vm.current, ...vm.snapshots.values()]) {
    unlink(section, name, snapshot.get("parent"));
  }
  for (const { file } of disks) addUnused(vm, file);
  dropReusedVolumes(vm);
}
