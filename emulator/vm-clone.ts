import { type Caller, requireAll } from "./auth.ts";
import { requireCopied } from "./device-permissions.ts";
import { busOf, isDriveKey } from "./drive-schema.ts";
import { type Drive, isCdrom, isCloudInit, printDrive, readDrive } from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import { checkLock, type Estate, holderOf } from "./estate.ts";
import { parseNet, printNet } from "./net-string.ts";
import { formatSize } from "./size.ts";
import { isFileStorage, storageIdOf } from "./storage.ts";
import { isTemplate, newVm, type Section, setKey, type Vm } from "./vm.ts";

/** How the copy differs from its source. */
export interface CloneRequest {
  readonly newid: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly pool: string | undefined;
  readonly storage: string | undefined;
  readonly format: string | undefined;
  readonly snapname: string | undefined;
  readonly target: string | undefined;
  /** Undefined means linked for a template, full for anything else. */
  readonly full: boolean | undefined;
}

/** Copies a volume under a new name; the real size is measured again. */
export function copyVolume(
  estate: Estate,
  vmid: number,
  drive: Drive,
  target: string,
  wanted?: string,
): void {
  const { storages, clock } = estate;
  const storage = storages.get(target);
  const source = storages.need(drive.file);
  const format = isFileStorage(storage) ? (wanted ?? source.format) : "raw";
  const volid = isCloudInit(drive)
    ? storages.cloudInitName(storage, vmid, format)
    : storages.nextDiskName(storage, vmid, format);
  storages.add(volid, source.size, clock.seconds());
  drive.file = volid;
  drive.options.delete("format");
  drive.options.set("size", formatSize(source.size));
}

function copyDrive(estate: Estate, key: string, source: string, request: CloneRequest): string {
  const drive = readDrive(key, source);
  if (drive === undefined) return source;
  if (isCdrom(drive) && !isCloudInit(drive)) return source;
  const target = request.storage ?? storageIdOf(drive.file);
  if (target === undefined) throw die(`unable to clone drive '${key}'`);
  copyVolume(estate, request.newid, drive, target, request.format);
  return printDrive(drive);
}

function disksOf(section: Section): Drive[] {
  return [...section].flatMap(([key, value]) => {
    const drive = isDriveKey(key) ? readDrive(key, value) : undefined;
    return drive === undefined || isCdrom(drive) ? [] : [drive];
  });
}

function skipped(key: string): boolean {
  return ["lock", "parent", "snaptime", "vmstate", "template"].includes(key) || busOf(key) === "unused";
}

function copyConfig(estate: Estate, source: Section, request: CloneRequest): Section {
  const config: Section = new Map();
  for (const [key, value] of source) {
    if (skipped(key)) continue;
    if (isDriveKey(key)) config.set(key, copyDrive(estate, key, value, request));
    else if (/^net\d+$/.test(key)) {
      config.set(key, printNet(new Map([...parseNet(key, value), ["macaddr", estate.random.mac()]])));
    } else config.set(key, value);
  }
  const uuid = `uuid=${estate.random.uuid()}`;
  const smbios = config.get("smbios1");
  config.set("smbios1", smbios?.includes("uuid=") ? smbios.replace(/uuid=[^,]+/, uuid) : uuid);
  if (config.has("vmgenid")) config.set("vmgenid", estate.random.uuid());
  return config;
}

function checkLinkable(section: Section): void {
  for (const drive of disksOf(section)) {
    if (!/(?:^|[:/])base-\d+-/.test(drive.file)) {
      throw die(`Linked clone feature is not supported for '${drive.file}' (${drive.slot})`);
    }
  }
}

/** A clone asks for space on every storage that it copies a disk to, and for all that the copy takes over. */
function checkCopied(estate: Estate, caller: Caller, section: Section, storage: string | undefined): void {
  for (const drive of disksOf(section)) {
    const target = storage ?? storageIdOf(drive.file);
    if (target !== undefined) requireAll(caller, `/storage/${target}`, ["Datastore.AllocateSpace"]);
  }
  requireCopied(estate, caller, section);
}

function checkTarget(estate: Estate, source: Vm, section: Section, request: CloneRequest): void {
  const { target, storage } = request;
  if (target === undefined || target === source.node) return;
  if (!estate.nodes.has(target)) throw die(`no such cluster node '${target}'`);
  if (storage !== undefined && !estate.storages.get(storage).shared) {
    throw die(`can't clone to non-shared storage '${storage}'`);
  }
  const shared = (drive: Drive) => estate.storages.all.get(storageIdOf(drive.file) ?? "")?.shared === true;
  if (!disksOf(section).every(shared))
    throw die(`can't clone VM to node '${target}' (VM uses local storage)`);
}

/**
 * Checks a clone and answers the work that the task does.
 * @see POST /nodes/{node}/qemu/{vmid}/clone
 */
export function cloneVm(estate: Estate, caller: Caller, source: Vm, request: CloneRequest): () => void {
  requireAll(caller, `/vms/${request.newid}`, ["VM.Allocate"]);
  if (request.pool !== undefined && !estate.pools.has(request.pool)) {
    throw paramError({ pool: `pool '${request.pool}' does not exist` });
  }
  if (request.storage !== undefined) {
    requireAll(caller, `/storage/${request.storage}`, ["Datastore.AllocateSpace"]);
    estate.storages.get(request.storage);
  }
  checkLock(source);
  const full = request.full ?? !isTemplate(source);
  if (!full && request.storage !== undefined) {
    throw die("parameter 'storage' not allowed for linked clones");
  }
  if (!full && request.format !== undefined) {
    throw die("parameter 'format' not allowed for linked clones");
  }
  const section = request.snapname === undefined ? source.current : source.snapshots.get(request.snapname);
  if (section === undefined) throw die(`snapshot '${request.snapname ?? ""}' does not exist`);
  checkCopied(estate, caller, section, request.storage);
  if (!full) checkLinkable(section);
  checkTarget(estate, source, section, request);
  const holder = holderOf(estate, request.newid);
  if (holder?.kind === "VM" && holder.node === source.node) {
    throw die(`unable to create VM ${request.newid}: config file already exists`);
  }
  return () => {
    // The early check looks only for the file on its own node; the cluster's file system refuses the rest.
    if (holder !== undefined) {
      const file = `/etc/pve/nodes/${source.node}/qemu-server/${request.newid}.conf`;
      throw die(`close (rename) atomic file '${file}' failed: File exists`);
    }
    const config = copyConfig(estate, section, request);
    config.set("name", request.name ?? `Copy-of-VM-${source.current.get("name") ?? source.vmid}`);
    if (request.description !== undefined) setKey(config, "description", request.description);
    estate.vms.set(request.newid, newVm(request.newid, request.target ?? source.node, config));
    if (request.pool !== undefined) estate.pools.get(request.pool)?.vms.add(request.newid);
  };
}

/**
 * Turns a VM into a template: its volumes become base volumes.
 * @see POST /nodes/{node}/qemu/{vmid}/template
 */
export function makeTemplate(estate: Estate, vm: Vm): () => void {
  checkLock(vm);
  if (isTemplate(vm)) throw die("you can't convert a template to a template");
  if (vm.snapshots.size > 0) throw die("unable to create template, because VM contains snapshots");
  if (vm.qemu !== undefined) throw die("you can't convert a VM to template if VM is running");
  return () => {
    for (const [key, value] of vm.current) {
      const drive = isDriveKey(key) ? readDrive(key, value) : undefined;
      if (drive === undefined || isCdrom(drive)) continue;
      const volume = estate.storages.need(drive.file);
      const base = drive.file.replace(`vm-${vm.vmid}-`, `base-${vm.vmid}-`);
      estate.storages.free(drive.file);
      estate.storages.add(base, volume.size, volume.ctime);
      drive.file = base;
      vm.current.set(key, printDrive(drive));
    }
    vm.current.set("template", "1");
  };
}
