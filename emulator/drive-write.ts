import { type Caller, requireAll } from "./auth.ts";
import { NEW_CLOUD_INIT, NEW_DISK } from "./drive-file.ts";
import { isDriveKey, slotsOf } from "./drive-schema.ts";
import {
  type Drive,
  DriveRuleError,
  isCdrom,
  isCloudInit,
  parseDrive,
  printDrive,
  readDrive,
} from "./drive-string.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { FormatError, isTrue } from "./property-string.ts";
import { formatSize } from "./size.ts";
import { isFileStorage, ownerOf, type Storage, type Storages, storageIdOf } from "./storage.ts";
import type { Section, Vm } from "./vm.ts";
import { parseVolumeName } from "./volume-name.ts";

const GIB = 1024 ** 3;
const VARS_SIZE = 4 * 1024 ** 2;

function checkImport(drive: Drive): void {
  const { slot, file, options } = drive;
  if (!options.has("import-from")) return;
  if (Number(NEW_DISK.exec(file)?.[2] ?? "1") !== 0) {
    const usage = "use <storage ID>:0,import-from=<source>";
    throw paramError({ [slot]: `'import-from' requires special syntax - ${usage}` });
  }
  const needed = { efidisk0: ["efitype", "pre-enrolled-keys"], tpmstate0: ["version"] }[slot] ?? [];
  const absent = needed.find((key) => !options.has(key));
  if (absent !== undefined) {
    throw paramError({ [slot]: `need to specify '${absent}' when using 'import-from'` });
  }
}

/** @throws the API's error for a file that is on no storage, and for a name that its storage cannot hold */
function checkFile(storages: Storages, { slot, file, options }: Drive): void {
  if (file.startsWith("/") && !/^\/dev\/.+/.test(file)) {
    throw paramError({ [slot]: `unable to associate path '${file}' to any storage` });
  }
  if (NEW_DISK.test(file) || NEW_CLOUD_INIT.test(file)) return;
  const content = parseVolumeName(storages, file)?.content;
  if (content === "iso" && options.get("media") !== "cdrom") {
    throw paramError({ [slot]: "explicit 'media=cdrom' is required for iso images" });
  }
}

function parsedParameter(slot: string, source: string): Drive {
  try {
    return parseDrive(slot, source);
  } catch (error) {
    if (error instanceof FormatError) throw paramError({ [slot]: `invalid format - ${error.message}\n` });
    if (error instanceof DriveRuleError) throw paramError({ [slot]: "unable to parse drive options" });
    throw error;
  }
}

/**
 * Reads a drive parameter and gives it back in canonical form.
 * @throws the API's 400 for a bad key, value or combination, and what `checkFile` throws
 */
export function canonicalDrive(storages: Storages, slot: string, source: string): string {
  const drive = parsedParameter(slot, source);
  checkImport(drive);
  checkFile(storages, drive);
  if ((drive.file === "none" || drive.file === "cdrom") && !drive.options.has("media")) {
    drive.options.set("media", "cdrom");
  }
  return printDrive(drive);
}

function imageFormat(storage: Storage, wanted: string | undefined, fallback: string): string {
  return isFileStorage(storage) ? (wanted ?? fallback) : "raw";
}

function allocate(estate: Estate, vmid: number, drive: Drive, storageName: string, gib: number): void {
  const { storages, clock } = estate;
  const storage = storages.get(storageName);
  const source = drive.options.get("import-from");
  const imported = source === undefined ? undefined : storages.need(source).size;
  const vars = drive.slot === "efidisk0" || drive.slot === "tpmstate0" ? VARS_SIZE : undefined;
  const size = imported ?? vars ?? Math.trunc(gib * GIB);
  const format = imageFormat(storage, drive.options.get("format"), "raw");
  const volume = storages.add(storages.nextDiskName(storage, vmid, format), size, clock.seconds());
  drive.file = volume.volid;
  drive.options.set("size", formatSize(size));
  drive.options.delete("format");
  drive.options.delete("import-from");
}

/** @throws the API's error when another slot has a cloud-init drive */
function requireOnlyCloudInit(sections: readonly Section[], slot: string): void {
  for (const section of sections) {
    for (const [key, value] of section) {
      const other = key === slot || !isDriveKey(key) ? undefined : readDrive(key, value);
      if (other !== undefined && isCloudInit(other)) {
        throw die(`${slot} - cloud-init drive is already attached at '${key}'`);
      }
    }
  }
}

function allocateCloudInit(estate: Estate, vmid: number, drive: Drive, name: string): void {
  const storage = estate.storages.get(name);
  const format = imageFormat(storage, drive.options.get("format"), "qcow2");
  const volid = estate.storages.cloudInitName(storage, vmid, format);
  estate.storages.add(volid, VARS_SIZE, estate.clock.seconds());
  drive.file = volid;
  drive.options.set("media", "cdrom");
  drive.options.delete("format");
}

function measure(estate: Estate, drive: Drive): void {
  const name = parseVolumeName(estate.storages, drive.file);
  if (name === undefined) return;
  const format = drive.options.get("format");
  if (isTrue(format) && format !== name.format) {
    const clash = `'format=${format}' option different from storage format '${name.format}'`;
    throw die(`drive '${drive.slot}' - volume '${drive.file}' - ${clash}`);
  }
  const volume = estate.storages.need(drive.file);
  drive.options.set("size", formatSize(volume.size));
}

/**
 * What a write makes of a canonical drive string: allocates new volumes, overwrites the size with the real one.
 * Nothing of the old string survives.
 * @param sections where another cloud-init drive may not be
 * @returns undefined for a string whose keys exclude each other, such as `none` with `snapshot`: Proxmox skips it
 */
export function materializeDrive(
  estate: Estate,
  vmid: number,
  sections: readonly Section[],
  slot: string,
  source: string,
): string | undefined {
  const drive = readDrive(slot, source);
  if (drive === undefined) return undefined;
  const fresh = NEW_DISK.exec(drive.file);
  const cloudInit = NEW_CLOUD_INIT.exec(drive.file);
  if (isCloudInit(drive)) requireOnlyCloudInit(sections, slot);
  if (drive.file === "none" || drive.file === "cdrom") drive.options.delete("size");
  else if (cloudInit !== null) allocateCloudInit(estate, vmid, drive, cloudInit[1] ?? "");
  else if (fresh !== null) allocate(estate, vmid, drive, fresh[1] ?? "", Number(fresh[2]));
  else measure(estate, drive);
  return printDrive(drive);
}

/** Keeps a volume as the lowest free `unusedN`. */
export function addUnused(vm: Vm, volid: string): void {
  const slots = slotsOf("unused");
  if (slots.some((slot) => vm.current.get(slot) === volid)) return;
  const free = slots.find((slot) => !vm.current.has(slot));
  if (free === undefined) throw die("Too many unused volumes - please delete them first.");
  vm.current.set(free, volid);
}

/**
 * What becomes of a drive that leaves its slot: an owned disk is kept as `unusedN`, a cloud-init image is freed,
 * and a volume that the VM does not own is left alone and forgotten.
 */
export function releaseDrive(estate: Estate, vm: Vm, drive: Drive): void {
  if (isCloudInit(drive)) estate.storages.free(drive.file);
  else if (!isCdrom(drive) && ownerOf(drive.file) === vm.vmid) addUnused(vm, drive.file);
}

function inUse(vm: Vm, key: string, volid: string): boolean {
  const uses = (section: Section, skip: string | undefined) =>
    [...section].some(
      ([name, value]) => name !== skip && isDriveKey(name) && readDrive(name, value)?.file === volid,
    );
  return (
    uses(vm.current, key) ||
    uses(vm.pending, undefined) ||
    [...vm.snapshots.values()].some((s) => uses(s, undefined))
  );
}

/** Frees the volume of a drive that is removed by force, or of an `unusedN`; a foreign one is only forgotten. */
export function destroyDrive(estate: Estate, caller: Caller, vm: Vm, key: string, drive: Drive): void {
  if (isCdrom(drive) || ownerOf(drive.file) !== vm.vmid) return;
  requireAll(caller, `/storage/${storageIdOf(drive.file) ?? ""}`, ["Datastore.AllocateSpace"]);
  if (inUse(vm, key, drive.file)) {
    throw die(`unable to delete '${drive.file}' - volume is still in use (snapshot?)`);
  }
  estate.storages.free(drive.file);
}

/** After each write of the config: an `unusedN` whose volume some drive uses again disappears. */
export function dropReusedVolumes(vm: Vm): void {
  const used = new Set<string>();
  for (const section of [vm.current, vm.pending]) {
    for (const [key, value] of section) {
      const file = isDriveKey(key) ? readDrive(key, value)?.file : undefined;
      if (file !== undefined) used.add(file);
    }
  }
  for (const slot of slotsOf("unused")) {
    const volid = vm.current.get(slot);
    if (volid !== undefined && used.has(volid)) vm.current.delete(slot);
  }
}
