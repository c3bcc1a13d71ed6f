import { type Caller, requireAll } from "./auth.ts";
import { busOf, isDriveKey } from "./drive-schema.ts";
import { isCdrom, isCloudInit, printDrive, readDrive } from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { ownerOf, storageIdOf } from "./storage.ts";
import type { TaskLog } from "./tasks.ts";
import { splitList } from "./text-formats.ts";
import { isTemplate, type Vm } from "./vm.ts";
import { copyVolume } from "./vm-clone.ts";

/** A volume of a VM that only its node has. */
interface LocalDisk {
  readonly volid: string;
  readonly cdrom: 0 | 1;
  readonly is_cloudinit: 0 | 1;
  readonly is_unused: 0 | 1;
  readonly is_attached: 0 | 1;
  readonly size?: number;
  readonly drivename: string;
}

function localDisks(estate: Estate, vm: Vm): LocalDisk[] {
  const found = new Map<string, LocalDisk>();
  for (const section of [vm.current, vm.pending, ...vm.snapshots.values()]) {
    for (const [key, value] of section) {
      const drive = isDriveKey(key) || busOf(key) === "unused" ? readDrive(key, value) : undefined;
      if (drive === undefined || drive.file === "none" || drive.options.get("shared") === "1") continue;
      const storage = estate.storages.all.get(storageIdOf(drive.file) ?? "");
      if (storage?.shared === true || found.has(drive.file)) continue;
      const unused = busOf(key) === "unused";
      const size = estate.storages.find(drive.file)?.size;
      found.set(drive.file, {
        volid: drive.file,
        cdrom: isCdrom(drive) ? 1 : 0,
        is_cloudinit: isCloudInit(drive) ? 1 : 0,
        is_unused: unused ? 1 : 0,
        is_attached: section === vm.current && !unused ? 1 : 0,
        ...(size === undefined || isCdrom(drive) ? {} : { size }),
        drivename: key,
      });
    }
  }
  return [...found.values()];
}

/** What stands for and against a migration (qemu-server, API2/Qemu.pm). */
export function migrationConditions(estate: Estate, vm: Vm): Record<string, unknown> {
  checkLock(vm);
  const resources = [...vm.current].filter(([key, value]) => {
    if (/^(?:serial|parallel)\d+$/.test(key)) return value !== "socket";
    if (/^usb\d+$/.test(key)) return !/^spice(?:,|$)/.test(value) && !value.includes("mapping=");
    return /^hostpci\d+$/.test(key) && !value.includes("mapping=");
  });
  return {
    running: vm.qemu === undefined ? 0 : 1,
    allowed_nodes: [...estate.nodes.keys()].filter((name) => name !== vm.node),
    not_allowed_nodes: {},
    local_disks: localDisks(estate, vm),
    local_resources: resources.map(([key]) => key),
    "mapped-resources": [],
    "mapped-resource-info": {},
    "has-dbus-vmstate": 1,
  };
}

export interface MigrationRequest {
  readonly target: string;
  readonly online: boolean;
  readonly withLocalDisks: boolean;
  /** `1`, a storage for all, or pairs of storages. */
  readonly targetStorage: string | undefined;
}

/** By the storage that a disk is on, the one that it goes to. */
type StorageMap = (from: string) => string;

function storageMap(estate: Estate, caller: Caller, vm: Vm, text: string | undefined): StorageMap {
  if (text === undefined || text === "1") return (from) => from;
  const pairs = new Map<string, string>();
  let fallback: string | undefined;
  for (const entry of splitList(text)) {
    const [from, to] = entry.split(":");
    if (to === undefined) fallback = entry;
    else pairs.set(from ?? "", to);
  }
  requireAll(caller, `/vms/${vm.vmid}`, ["VM.Config.Disk"]);
  for (const id of [...pairs.values(), ...(fallback === undefined ? [] : [fallback])]) {
    const storage = estate.storages.get(id);
    requireAll(caller, `/storage/${id}`, ["Datastore.AllocateSpace"]);
    if (!storage.content.includes("images")) throw die(`storage '${id}' does not support vm images`);
  }
  return (from) => pairs.get(from) ?? fallback ?? from;
}

/** Why a local disk cannot go along (`PVE/QemuMigrate.pm`). */
function obstacle(vm: Vm, disk: LocalDisk, request: MigrationRequest): string | undefined {
  const owner = ownerOf(disk.volid);
  if (disk.volid.startsWith("/")) return "local file/device";
  if (disk.cdrom === 1) return disk.is_cloudinit === 1 ? undefined : "local cdrom image";
  if (owner !== vm.vmid) return `owned by other VM${owner === undefined ? "" : ` (owner = VM ${owner})`}`;
  if (disk.is_attached === 1 && vm.qemu !== undefined && !request.withLocalDisks) {
    return "can't live migrate attached local disks without with-local-disks option";
  }
  return undefined;
}

function moveDisk(estate: Estate, vm: Vm, { volid, drivename: key }: LocalDisk, map: StorageMap): void {
  const from = storageIdOf(volid) ?? "";
  const drive = readDrive(key, vm.current.get(key));
  if (drive === undefined || map(from) === from) return;
  copyVolume(estate, vm.vmid, drive, map(from));
  estate.storages.free(volid);
  vm.current.set(key, printDrive(drive));
  const running = vm.qemu?.drives.get(key);
  if (running !== undefined) vm.qemu?.drives.set(key, { ...running, volume: drive.file });
}

/**
 * Checks a migration and answers the work that the task does.
 * @see POST /nodes/{node}/qemu/{vmid}/migrate
 */
export function migrateVm(
  estate: Estate,
  caller: Caller,
  vm: Vm,
  request: MigrationRequest,
): (log: TaskLog) => void {
  const { target, online } = request;
  if (target === vm.node) throw paramError({ target: "target is local node." });
  if (!estate.nodes.has(target)) throw die(`no such cluster node '${target}'`);
  checkLock(vm);
  if (vm.qemu !== undefined && !online) throw die("can't migrate running VM without --online");
  const map = storageMap(estate, caller, vm, request.targetStorage);
  return (log) => {
    checkLock(vm);
    const disks = localDisks(estate, vm);
    const obstacles = disks.flatMap((disk) => {
      const reason = obstacle(vm, disk, request);
      return reason === undefined ? [] : [`can't migrate local disk '${disk.volid}': ${reason}`];
    });
    for (const line of obstacles) log.print(line);
    if (obstacles.length > 0) throw die("can't migrate VM - check log");
    for (const disk of disks) if (disk.is_attached === 1 && !isTemplate(vm)) moveDisk(estate, vm, disk, map);
    vm.node = target;
  };
}
