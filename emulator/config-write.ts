import { type Caller, requireAll } from "./auth.ts";
import { bootOrder, printBootOrder } from "./boot-order.ts";
import { requireDevices } from "./device-permissions.ts";
import { requireDrivePrivilege } from "./drive-access.ts";
import { busOf, isDriveKey } from "./drive-schema.ts";
import { isCdrom, isCloudInit, readDrive } from "./drive-string.ts";
import { destroyDrive, materializeDrive, releaseDrive } from "./drive-write.ts";
import { die } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { lateProblem, pinnedMachine } from "./option-values.ts";
import type { TaskLog } from "./tasks.ts";
import { setKey, type Vm } from "./vm.ts";

/** A request on its way into the pending section. */
export interface Writing {
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

/** A drive that only waited to be added gives its volume back when the slot is deleted. */
function checkDriveRemoval(
  { estate, caller, vm }: Writing,
  key: string,
  value: string,
  waiting?: string,
): void {
  protectedError(vm, `drive '${key}'`);
  const drive = readDrive(key, value);
  if (drive !== undefined) requireDrivePrivilege(caller, vm.vmid, drive);
  const fresh = readDrive(key, waiting);
  const kept = readDrive(key, vm.current.get(key));
  if (fresh !== undefined && fresh.file !== kept?.file) releaseDrive(estate, vm, fresh);
}

/** The bridge of a nic that only waits to be added is nobody's yet. */
function removedValues(vm: Vm, key: string, value: string): readonly string[] {
  return /^net\d+$/.test(key) && !vm.current.has(key) ? [] : [value];
}

/** One `delete`: most keys only wait to be removed, an unused volume or the tags go at once. */
export function writeDelete(writing: Writing, key: string, log: TaskLog): void {
  const { estate, caller, vm } = writing;
  const value = vm.current.get(key) ?? vm.pending.get(key);
  if (value === undefined) {
    log.print(`cannot delete '${key}' - not set in current configuration!`);
    return;
  }
  writing.touched.add(key);
  const waiting = vm.pending.get(key);
  vm.pending.delete(key);
  const order = writing.order.filter((device) => device !== key);
  if (order.length < writing.order.length) changeOrder(writing, order);
  if (busOf(key) === "unused") {
    deleteUnused(writing, key, value);
    return;
  }
  if (isDriveKey(key)) checkDriveRemoval(writing, key, value, waiting);
  else requireDevices(estate, caller, vm, key, removedValues(vm, key, value), "delete");
  if (key === "tags") vm.current.delete(key);
  else vm.pendingDelete.set(key, writing.force);
}

function writeDrive(writing: Writing, key: string, value: string): void {
  const { estate, caller, vm } = writing;
  const old = readDrive(key, vm.current.get(key));
  if (old !== undefined) requireDrivePrivilege(caller, vm.vmid, old);
  const drive = readDrive(key, value);
  if (drive === undefined) requireAll(caller, `/vms/${vm.vmid}`, ["VM.Config.Disk"]);
  else requireDrivePrivilege(caller, vm.vmid, drive);
  const waiting = readDrive(key, vm.pending.get(key));
  if (waiting !== undefined && waiting.file !== old?.file && waiting.file !== drive?.file) {
    releaseDrive(estate, vm, waiting);
  }
  const text = materializeDrive(estate, vm.vmid, [vm.current, vm.pending], key, value);
  if (drive === undefined || text === undefined) return;
  vm.pending.set(key, text);
  const boots = isCdrom(drive) && !isCloudInit(drive);
  if (boots && writing.order.length > 0 && !writing.order.includes(key)) {
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

function pinMachine({ vm, deleted }: Writing, ostype: string, values: ReadonlyMap<string, string>): void {
  if (values.has("machine") || vm.pending.has("machine") || deleted.includes("machine")) return;
  const machine = pinnedMachine(ostype, vm.current.get("machine"));
  if (machine !== undefined) vm.pending.set("machine", machine);
}

/** One key of the request: it waits, until what waits is applied. */
export function writeSet(
  writing: Writing,
  key: string,
  value: string,
  values: ReadonlyMap<string, string>,
): void {
  const { estate, caller, vm } = writing;
  writing.touched.add(key);
  if (vm.pending.get(key) === value) return;
  if (isDriveKey(key)) writeDrive(writing, key, value);
  else if (key === "boot") writeBoot(writing, value, values);
  else {
    const old = key === "tags" ? undefined : vm.current.get(key);
    requireDevices(estate, caller, vm, key, old === undefined ? [value] : [old, value], "modify");
    const problem = lateProblem(key, value);
    if (problem !== undefined) throw die(problem);
    setKey(vm.pending, key, value);
    if (key === "ostype") pinMachine(writing, value, values);
    if (key === "description" && !vm.pending.has(key)) vm.current.delete(key);
  }
  vm.pendingDelete.delete(key);
}
