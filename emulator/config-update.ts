import { applyPending } from "./apply-pending.ts";
import type { Caller } from "./auth.ts";
import { bootOrder } from "./boot-order.ts";
import { sortedEntries } from "./by-bytes.ts";
import { type ConfigChange, checkNames } from "./config-change.ts";
import { reading, rewriting } from "./config-file.ts";
import { type Writing, writeDelete, writeSet } from "./config-write.ts";
import { requireBridge, requireCpuModel } from "./device-permissions.ts";
import { checkStorageAccess } from "./drive-access.ts";
import { dropReusedVolumes } from "./drive-write.ts";
import { die, paramError } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { hotplugPending } from "./hotplug.ts";
import { requireOptionPrivileges } from "./option-permissions.ts";
import { storedOption } from "./option-values.ts";
import type { TaskLog } from "./tasks.ts";
import { cleanupPending, digestOf, type Vm } from "./vm.ts";

function storedValues(estate: Estate, set: ReadonlyMap<string, string>): Map<string, string> {
  const stored = new Map(sortedEntries(set).map(([key, value]) => [key, storedOption(estate, key, value)]));
  return new Map([...set].map(([key, value]) => [key, stored.get(key) ?? value]));
}

function checkAccess(
  estate: Estate,
  caller: Caller,
  vmid: number,
  values: ReadonlyMap<string, string>,
): void {
  requireOptionPrivileges(caller, { vmid }, values.keys());
  checkStorageAccess(estate, caller, vmid, values);
  for (const [key, value] of sortedEntries(values))
    if (/^net\d+$/.test(key)) requireBridge(estate, caller, key, value);
}

function checkBalloon(vm: Vm, values: ReadonlyMap<string, string>): void {
  if (!values.has("memory") && !values.has("balloon")) return;
  const latest = (key: string) => values.get(key) ?? vm.pending.get(key) ?? vm.current.get(key);
  const memory = Number((latest("memory") ?? "512").replace(/^current=/, ""));
  if (Number(latest("balloon") ?? 0) > memory) {
    throw die("balloon value too large (must be smaller than assigned memory)");
  }
}

/**
 * Proxmox writes the keys of a request in the random order of a Perl hash, each at once: after a boot order that it
 * refuses, any number of the others may wait. Here it is all of them.
 */
function bootLast(values: ReadonlyMap<string, string>): [string, string][] {
  return [...values].toSorted(([one], [other]) => Number(one === "boot") - Number(other === "boot"));
}

function write(writing: Writing, values: ReadonlyMap<string, string>, log: TaskLog): void {
  const { estate, caller, vm, touched } = writing;
  for (const key of writing.deleted) rewriting(vm, () => writeDelete(writing, key, log));
  for (const [key, value] of bootLast(values)) rewriting(vm, () => writeSet(writing, key, value, values));
  rewriting(vm, () => {
    dropReusedVolumes(vm);
    cleanupPending(vm);
  });
  if (vm.pending.size === 0 && vm.pendingDelete.size === 0) return;
  const errors =
    vm.qemu === undefined
      ? applyPending(estate, caller, vm)
      : hotplugPending(estate, caller, vm, vm.qemu, touched);
  rewriting(vm, () => dropReusedVolumes(vm));
  if (Object.keys(errors).length > 0) throw paramError(errors);
}

function checkUpdate(
  estate: Estate,
  caller: Caller,
  vm: Vm,
  change: ConfigChange,
  digest: string,
): (log: TaskLog) => void {
  if (change.skiplock && !caller.isRoot) throw paramError({ skiplock: "Only root may use this option." });
  checkNames(change);
  const values = storedValues(estate, change.set);
  requireOptionPrivileges(caller, vm, change.delete);
  checkAccess(estate, caller, vm.vmid, values);
  if (change.digest !== undefined && change.digest !== digest) {
    throw die("checksum mismatch (file change by other user?)");
  }
  requireCpuModel(caller, values.get("cpu"), vm.current.get("cpu"));
  if (!change.skiplock) checkLock(vm);
  const deleted = [...change.delete];
  for (const key of change.revert) {
    const current = vm.current.get(key);
    if (current !== undefined) values.set(key, current);
    else if (vm.pending.has(key)) deleted.push(key);
  }
  checkBalloon(vm, values);
  return (log) => {
    const order = [...reading(vm, () => bootOrder(vm.current))];
    const touched = new Set<string>();
    write({ estate, caller, vm, force: change.force, order, touched, deleted }, values, log);
  };
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
  const digest = digestOf(vm);
  return reading(vm, () => checkUpdate(estate, caller, vm, change, digest));
}

/** Runs a change at once, as PUT does; what a task would log goes nowhere. */
export function updateConfigNow(estate: Estate, caller: Caller, vm: Vm, change: ConfigChange): void {
  updateConfig(estate, caller, vm, change)({ print: () => undefined, warn: () => undefined });
}
