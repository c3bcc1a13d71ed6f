import { applyPending } from "./apply-pending.ts";
import { type Caller, ROOT } from "./auth.ts";
import { die } from "./errors.ts";
import { checkLock, type Estate } from "./estate.ts";
import { startQemu } from "./qemu.ts";
import type { TaskLog } from "./tasks.ts";
import { isTemplate, type Vm } from "./vm.ts";
import { dropState, saveState } from "./vm-state.ts";

/** How long a VM stays stopped between the end of `qmreboot` and the `qmstart` that follows it. */
const REBOOT_GAP_MS = 200;

function applyOrDie(estate: Estate, caller: Caller, vm: Vm): void {
  const failed = Object.values(applyPending(estate, caller, vm))[0];
  if (failed !== undefined) throw die(failed.trimEnd());
}

function checkDevices(estate: Estate, vm: Vm): void {
  const { qemu } = vm;
  if (qemu === undefined) return;
  for (const [slot, drive] of qemu.drives) {
    if (drive.volume.includes(":") && estate.storages.find(drive.volume) === undefined) {
      throw die(`can't activate volume of ${slot}: '${drive.volume}' does not exist`);
    }
    const { aio, cache } = drive.options;
    if (aio === "native" && (cache === "writeback" || cache === "writethrough" || cache === "unsafe")) {
      throw die(
        "start failed: QEMU exited with code 1: aio=native was specified, but it requires cache.direct=on",
      );
    }
  }
}

function isHibernated(vm: Vm): boolean {
  return vm.current.get("lock") === "suspended";
}

/**
 * The worker of `status/start`: applies what is pending, then starts QEMU. A VM that was suspended to disk goes on with
 * the memory that it had, and what is pending waits for its next start.
 */
export function startVm(estate: Estate, caller: Caller, vm: Vm, log: TaskLog): void {
  if (isTemplate(vm)) throw die("you can't start a vm if it's a template");
  const hibernated = isHibernated(vm);
  if (!hibernated) checkLock(vm);
  if (vm.qemu !== undefined) throw die(`VM ${vm.vmid} already running`);
  if (!hibernated) applyOrDie(estate, caller, vm);
  vm.qemu = startQemu(vm.current, estate.tasks.nextPid(), estate.clock.seconds(), (line) => log.warn(line));
  try {
    checkDevices(estate, vm);
  } catch (error) {
    vm.qemu = undefined;
    throw error;
  }
  if (!hibernated) return;
  vm.current.delete("lock");
  dropState(estate, vm.current);
}

/** Starts QEMU with the memory of a snapshot. */
export function resumeFrom(estate: Estate, vm: Vm): void {
  vm.qemu = startQemu(vm.current, estate.tasks.nextPid(), estate.clock.seconds(), () => undefined);
}

/** QEMU is gone; wedged drives are wedged no more. */
function exitQemu(estate: Estate, vm: Vm): void {
  vm.qemu = undefined;
  vm.qmp = "running";
  for (const stall of vm.stalls) stall.to ??= estate.clock.seconds();
}

/** The worker of `status/stop`; stopping a stopped VM is fine. */
export function stopVm(estate: Estate, caller: Caller, vm: Vm): void {
  checkLock(vm);
  if (vm.qemu === undefined) return;
  exitQemu(estate, vm);
  applyOrDie(estate, caller, vm);
}

/** Ends the process before a roll back, whose config is the snapshot's whatever is pending. */
export function stopForRollback(estate: Estate, vm: Vm): void {
  if (vm.qemu !== undefined) exitQemu(estate, vm);
}

/**
 * An agent that does not answer is passed over for ACPI; a guest with a wedged disk does not obey either, and
 * neither does one that ignores both.
 */
function obeysShutdown(vm: Vm): boolean {
  if (vm.guest.ignoresShutdown) return false;
  return vm.stalls.every((stall) => stall.to !== undefined);
}

/** The worker of `status/shutdown`: a guest that does not answer makes it fail, or is stopped hard on request. */
export function shutdownVm(estate: Estate, caller: Caller, vm: Vm, forceStop: boolean): void {
  checkLock(vm);
  if (vm.qemu === undefined) return;
  if (!obeysShutdown(vm) && !forceStop) throw die("VM quit/powerdown failed - got timeout");
  exitQemu(estate, vm);
  applyOrDie(estate, caller, vm);
}

/** The worker of `status/reboot`: ends when the VM is down; a start of its own follows. */
export function rebootVm(estate: Estate, caller: Caller, vm: Vm): void {
  shutdownVm(estate, caller, vm, false);
  estate.tasks.later(REBOOT_GAP_MS, () => {
    if (vm.qemu !== undefined || !estate.vms.has(vm.vmid)) return;
    estate.tasks.start(vm.node, "qmstart", String(vm.vmid), ROOT.user, (log) =>
      startVm(estate, ROOT, vm, log),
    );
  });
}

/** The guest restarts itself: the same QEMU process goes on, unless `reboot: 0` makes it exit. */
export function guestReboot(estate: Estate, vm: Vm): void {
  if (vm.current.get("reboot") === "0") exitQemu(estate, vm);
}

/** The guest turns itself off: QEMU exits, and what is pending waits for the next start. */
export function guestPowerOff(estate: Estate, vm: Vm): void {
  exitQemu(estate, vm);
}

/** Where the memory of a VM goes that is suspended to disk; undefined for one that only stands still. */
export type Hibernation = { readonly storage: string } | undefined;

/** The worker of `status/suspend`: the guest stands still, or its memory is saved and QEMU exits (`RunState.pm`). */
export function suspendVm(estate: Estate, vm: Vm, skiplock: boolean, disk: Hibernation): void {
  const backup = vm.current.get("lock") === "backup";
  if (!skiplock && !backup) checkLock(vm);
  if (backup && disk !== undefined) throw die("cannot suspend to disk during backup");
  if (disk === undefined) {
    vm.qmp = "paused";
    return;
  }
  const date = new Date(estate.clock.now()).toISOString().slice(0, 10);
  saveState(estate, vm, vm.current, `suspend-${date}`, disk.storage);
  exitQemu(estate, vm);
  vm.current.set("lock", "suspended");
}

/** The worker of `status/resume`. */
export function resumeVm(estate: Estate, caller: Caller, vm: Vm, skiplock: boolean, log: TaskLog): void {
  if (isHibernated(vm)) {
    startVm(estate, caller, vm, log);
    return;
  }
  if (vm.qmp === "running") return;
  if (!skiplock && vm.current.get("lock") !== "backup") checkLock(vm);
  vm.qmp = "running";
}
