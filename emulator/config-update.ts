import { applyPending } from "./apply-pending.ts";
import type { Caller } from "./auth.ts";
import { requireAll } from "./auth.ts";
import { bootOrder, printBootOrder } from "./boot-order.ts";
import { optionExists, optionRule, splitList } from "./config-schema.ts";
import { busOf, isDriveKey } from "./drive-schema.ts";
import { isCdrom, parseDrive, readDrive } from "./drive-string.ts";
import {
  canonicalDrive,
  checkStorageAccess,
  destroyDrive,
  dropReusedVolumes,
  materializeDrive,
  releaseDrive,
  requireDrivePrivilege,
} from "./drive-write.ts";
import { die, paramError } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { hotplugPending } from "./hotplug.ts";
import { storedNet } from "./net-string.ts";
import {
  requireBridgeAccess,
  requireDevicePrivileges,
  requireOptionPrivileges,
} from "./option-permissions.ts";
import type { TaskLog } from "./tasks.ts";
import { cleanupPending, digestOf, setKey, type Vm } from "./vm.ts";

/** One PUT or POST of a config, decoded. */
export interface ConfigChange {
  readonly set: ReadonlyMap<string, string>;
  readonly delete: readonly string[];
  readonly revert: readonly string[];
  readonly digest: string | undefined;
  readonly force: boolean;
  readonly skiplock: boolean;
}

const NOTHING: ConfigChange = {
  set: new Map(),
  delete: [],
  revert: [],
  digest: undefined,
  force: false,
  skiplock: false,
};

/** A change with what is given, and nothing else. */
export function configChange(parts: Partial<ConfigChange>): ConfigChange {
  return { ...NOTHING, ...parts };
}

/** The parameters of a request as a change; the option names were checked before. */
export function changeFromParams(params: ReadonlyMap<string, string>): ConfigChange {
  const control = [
    "digest",
    "delete",
    "revert",
    "force",
    "skiplock",
    "background_delay",
    "import-working-storage",
  ];
  const set = new Map<string, string>();
  for (const [key, value] of params) {
    if (!control.includes(key)) set.set(key === "cdrom" ? "ide2" : key, value);
  }
  return {
    set,
    delete: splitList(params.get("delete") ?? "").map((key) => (key === "cdrom" ? "ide2" : key)),
    revert: splitList(params.get("revert") ?? ""),
    digest: params.get("digest"),
    force: params.get("force") === "1",
    skiplock: params.get("skiplock") === "1",
  };
}

function checkNames(change: ConfigChange): void {
  const nothing = change.set.size === 0 && change.delete.length === 0 && change.revert.length === 0;
  if (nothing) throw die("no options specified");
  for (const key of change.revert) {
    if (!optionExists(key)) throw paramError({ revert: `unknown option '${key}'` });
    if (change.set.has(key)) {
      throw paramError({ revert: `you can't use '-${key}' and '-revert ${key}' at the same time` });
    }
  }
  for (const key of change.delete) {
    if (change.set.has(key) || change.revert.includes(key)) {
      throw paramError({ delete: `you can't use '-${key}' and '-delete ${key}' at the same time` });
    }
    if (!optionExists(key)) throw paramError({ delete: `unknown option '${key}'` });
  }
}

function uniqueTags(value: string): string {
  return [...new Set(splitList(value.toLowerCase()))].sort().join(";");
}

/** The values as they will be stored, as far as that is known before the storage is touched. */
function canonicalValues(estate: Estate, set: ReadonlyMap<string, string>): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of set) {
    if (isDriveKey(key)) values.set(key, canonicalDrive(key, value));
    else if (/^net\d+$/.test(key)) values.set(key, storedNet(key, value, estate.random));
    else if (key === "vmgenid" && value === "1") values.set(key, estate.random.uuid());
    else if (key === "tags") values.set(key, uniqueTags(value));
    else if (key === "cipassword") values.set(key, `$5$emulated$${value.length}`);
    else if (optionRule(key)?.type === "integer") values.set(key, String(Number(value)));
    else values.set(key, value);
  }
  return values;
}

function checkAccess(
  estate: Estate,
  caller: Caller,
  vmid: number,
  values: ReadonlyMap<string, string>,
): void {
  requireOptionPrivileges(caller, vmid, values.keys());
  for (const [key, value] of values) {
    if (isDriveKey(key)) checkStorageAccess(estate, caller, vmid, key, value);
    else if (/^net\d+$/.test(key)) requireBridgeAccess(caller, key, value);
  }
}

function checkBalloon(vm: Vm, values: ReadonlyMap<string, string>): void {
  if (!values.has("memory") && !values.has("balloon")) return;
  const latest = (key: string) => values.get(key) ?? vm.pending.get(key) ?? vm.current.get(key);
  const memory = Number((latest("memory") ?? "512").replace(/^current=/, ""));
  if (Number(latest("balloon") ?? 0) > memory) {
    throw die("balloon value too large (must be smaller than assigned memory)");
  }
}

interface Writing {
  readonly estate: Estate;
  readonly caller: Caller;
  readonly vm: Vm;
  readonly force: boolean;
  /** The boot order as this request leaves it; only kept up when the VM has one. */
  order: string[];
  /** The keys that this request touched, which alone are hot-plugged. */
  readonly touched: Set<string>;
  readonly deleted: readonly string[];
}

function protectedError(vm: Vm, what: string): void {
  if (vm.current.get("protection") === "1") throw die(`can't remove ${what} - protection mode enabled`);
}

function changeOrder(writing: Writing, order: readonly string[]): void {
  writing.order = [...order];
  if (order.length === 0) return;
  writing.vm.pending.set("boot", printBootOrder(order));
  writing.touched.add("boot");
}

function deleteUnused(writing: Writing, key: string, value: string): void {
  const { estate, caller, vm } = writing;
  protectedError(vm, `unused disk '${value}'`);
  requireAll(caller, `/vms/${vm.vmid}`, ["VM.Config.Disk"]);
  const drive = readDrive(key, value);
  if (drive !== undefined) destroyDrive(estate, caller, vm, key, drive);
  vm.current.delete(key);
}

function writeDelete(writing: Writing, key: string, log: TaskLog): void {
  const { estate, caller, vm } = writing;
  const value = vm.current.get(key) ?? vm.pending.get(key);
  if (value === undefined) {
    log.print(`cannot delete '${key}' - not set in current configuration!`);
    return;
  }
  writing.touched.add(key);
  const waiting = vm.pending.get(key);
  vm.pending.delete(key);
  if (writing.order.includes(key))
    changeOrder(
      writing,
      writing.order.filter((device) => device !== key),
    );
  if (busOf(key) === "unused") return deleteUnused(writing, key, value);
  if (key === "tags") {
    vm.current.delete(key);
    return;
  }
  if (isDriveKey(key)) {
    protectedError(vm, `drive '${key}'`);
    const drive = readDrive(key, value);
    if (drive !== undefined) requireDrivePrivilege(caller, vm.vmid, drive);
    const fresh = readDrive(key, waiting);
    if (fresh !== undefined && fresh.file !== readDrive(key, vm.current.get(key))?.file) {
      releaseDrive(estate, vm, fresh);
    }
  } else {
    requireDevicePrivileges(caller, vm.vmid, key, value);
  }
  vm.pendingDelete.set(key, writing.force);
}

function writeDrive(writing: Writing, key: string, value: string): void {
  const { estate, caller, vm } = writing;
  const old = readDrive(key, vm.current.get(key));
  if (old !== undefined) requireDrivePrivilege(caller, vm.vmid, old);
  const drive = parseDrive(key, value);
  requireDrivePrivilege(caller, vm.vmid, drive);
  const waiting = readDrive(key, vm.pending.get(key));
  if (waiting !== undefined && waiting.file !== old?.file && waiting.file !== drive.file) {
    releaseDrive(estate, vm, waiting);
  }
  vm.pending.set(key, materializeDrive(estate, vm.vmid, vm.current, key, value));
  if (writing.order.length > 0 && isCdrom(drive) && !writing.order.includes(key)) {
    changeOrder(writing, [...writing.order, key]);
  }
}

function writeBoot({ vm, deleted }: Writing, value: string, values: ReadonlyMap<string, string>): void {
  const order = bootOrder(new Map([["boot", value]]));
  for (const device of order) {
    const exists = vm.current.has(device) || vm.pending.has(device) || values.has(device);
    if (!exists || deleted.includes(device))
      throw die(`invalid bootorder: device '${device}' does not exist'`);
  }
  if (order.length > 0) {
    vm.pending.set("boot", printBootOrder(order));
    if (vm.current.has("bootdisk")) vm.pendingDelete.set("bootdisk", false);
  } else {
    vm.pending.set("boot", value);
  }
}

function writeSet(writing: Writing, key: string, value: string, values: ReadonlyMap<string, string>): void {
  const { caller, vm } = writing;
  writing.touched.add(key);
  if (vm.pending.get(key) === value) return;
  if (isDriveKey(key)) writeDrive(writing, key, value);
  else if (key === "boot") writeBoot(writing, value, values);
  else {
    requireDevicePrivileges(caller, vm.vmid, key, value);
    setKey(vm.pending, key, value);
    if (key === "description" && !vm.pending.has(key)) vm.current.delete(key);
  }
  vm.pendingDelete.delete(key);
}

function write(writing: Writing, values: ReadonlyMap<string, string>, log: TaskLog): void {
  const { estate, caller, vm, touched } = writing;
  for (const key of writing.deleted) writeDelete(writing, key, log);
  for (const [key, value] of values) writeSet(writing, key, value, values);
  dropReusedVolumes(vm);
  cleanupPending(vm);
  if (vm.pending.size === 0 && vm.pendingDelete.size === 0) return;
  const errors =
    vm.qemu === undefined
      ? applyPending(estate, caller, vm)
      : hotplugPending(estate, caller, vm, vm.qemu, touched);
  dropReusedVolumes(vm);
  if (Object.keys(errors).length > 0) throw paramError(errors);
}

/**
 * Checks a change of a VM's config, in the order in which Proxmox checks it.
 * @returns the work itself, which may run at once (PUT) or in a task (POST)
 */
export function updateConfig(
  estate: Estate,
  caller: Caller,
  vm: Vm,
  change: ConfigChange,
): (log: TaskLog) => void {
  if (change.skiplock && !caller.isRoot) throw paramError({ skiplock: "Only root may use this option." });
  checkNames(change);
  const values = canonicalValues(estate, change.set);
  requireOptionPrivileges(caller, vm.vmid, change.delete);
  checkAccess(estate, caller, vm.vmid, values);
  if (change.digest !== undefined && change.digest !== digestOf(vm)) {
    throw die("checksum mismatch (file change by other user?)");
  }
  if (!change.skiplock) checkLock(vm);
  const deleted = [...change.delete];
  for (const key of change.revert) {
    const current = vm.current.get(key);
    if (current !== undefined) values.set(key, current);
    else if (vm.pending.has(key)) deleted.push(key);
  }
  checkBalloon(vm, values);
  const order = [...bootOrder(vm.current)];
  const writing = { estate, caller, vm, force: change.force, order, touched: new Set<string>(), deleted };
  return (log) => write(writing, values, log);
}

/** Runs a change at once, as PUT does; what a task would log goes nowhere. */
export function updateConfigNow(estate: Estate, caller: Caller, vm: Vm, change: ConfigChange): void {
  updateConfig(estate, caller, vm, change)({ print: () => undefined, warn: () => undefined });
}
