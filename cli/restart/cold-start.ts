import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import type { VmStatus } from "../../proxmox/api/vm-api.ts";
import { printableLines } from "../../proxmox/printable.ts";
import { Interruption, requireGoingOn } from "./interruption.ts";
import { restartPlan, unconfirmed } from "./plan.ts";
import { activationLine } from "./plan-text.ts";
import { restore } from "./restore.ts";
import { statusOf, type Undertaking } from "./undertaking.ts";

/** A VM that runs what was pending. */
export interface ColdStart {
  readonly before: VmStatus;
  readonly after: VmStatus;
  /** What Proxmox warned of at the start. */
  readonly warnings: readonly string[];
}

/** Looks at a VM that is to stop or to start, each a second after the other. */
const looks = 60;

/**
 * Stops a VM and starts it again, and says at every failure how it is now and what to do.
 *
 * @throws {Error} unless it runs in a new process with everything activated
 */
export async function startCold(work: Undertaking): Promise<ColdStart> {
  const { label } = work.vm;
  let step = "nothing was stopped yet";
  const progress = (doing: string) => {
    step = doing;
    work.progress(doing);
  };
  try {
    return await stopAndStart({ ...work, progress });
  } catch (error) {
    if (error instanceof Interruption) {
      throw new Error(`${label}: interrupted while ${step}; ${await stateText(work)}`);
    }
    if (!(error instanceof ProxmoxError)) throw error;
    throw new Error(`${label}: ${error.message}; this was while ${step}; ${await stateText(work)}`);
  }
}

async function stopAndStart(work: Undertaking): Promise<ColdStart> {
  const enter = (step: string) => {
    requireGoingOn(work.signal);
    work.progress(step);
  };
  const before = await statusOf(work);
  enter(work.hard ? "stopping it hard" : `shutting it down, within ${work.timeout} s`);
  await stop(work, before);
  await requireConfirmed(work);
  enter("starting it");
  const warnings = await start(work, before);
  enter("looking at what it runs");
  const after = await statusOf(work);
  await requireActivated(work, before, after);
  return { before, after, warnings };
}

async function stop(work: Undertaking, before: VmStatus): Promise<void> {
  const { api, vm, hard, timeout } = work;
  const { node, vmid } = vm.location;
  let failure: ProxmoxError | undefined;
  try {
    await (hard ? api.stop(node, vmid) : api.shutdown(node, vmid, timeout));
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    if (error.isRefusal) throw new Error(`${vm.label}: ${error.message}; nothing was stopped`);
    failure = error;
  }
  // Without an answer it is not known whether the guest was asked; a guest that was told late may be on its way.
  const isUnknown = failure !== undefined && (failure.status === 0 || failure.isPassing);
  const most = failure === undefined ? looks : isUnknown ? timeout : 1;
  for (let look = 1; look <= most; look++) {
    const now = await statusOf(work);
    if (now.status === "stopped" || isNew(before, now)) return;
    if (look < most) await api.patience.sleep(1000);
  }
  throw new Error(stillRunning(work, failure));
}

/**
 * What another hand wrote while the guest shut down would be activated by the start, and nobody has agreed to it.
 *
 * @throws {Error} that says what it is, that the VM is stopped, and how to start it
 */
async function requireConfirmed({
  reader,
  vm,
  confirmed,
  ask,
  progress,
  backup,
}: Undertaking): Promise<void> {
  const { label, location } = vm;
  const { vmid, node } = location;
  const live = await reader.read(vmid, node);
  if (live === undefined || live.status !== "stopped") return;
  const others = unconfirmed(confirmed, live.snapshot, vmid);
  if (others.length === 0) return;
  const lines = others.map((one) => `  ${activationLine({ ...one, declared: false })}`).join("\n");
  const what = `${label}: changed while it shut down, and the start would make it true as well:\n${lines}`;
  progress("asking about what changed while it shut down");
  if (ask !== undefined && (await ask(printableLines(`${what}\n${label}: start it with that too?`)))) return;
  throw new Error(
    `${what}\n${label}: it is stopped, and was not started with what nobody confirmed; start it as it is now: qm start ${vmid} on node ${node}; or correct these values first, for which its config of before is in ${backup.path}`,
  );
}

function stillRunning({ vm, timeout, hard }: Undertaking, failure: ProxmoxError | undefined): string {
  const got = failure === undefined ? "it still runs" : failure.message;
  if (hard) {
    return `${vm.label}: it could not be stopped (got ${got}); nothing was lost: it still runs, and what waits still waits; look at the task's log on the node, then run again`;
  }
  return [
    `${vm.label}: it did not shut down within ${timeout} s (got ${got})`,
    "nothing was lost: it still runs, and what waits still waits; a guest that is merely slow may still go down, and then stays stopped until it is started",
    "look inside the guest for what holds it; if it looks wedged, take its evidence first: fleet autopsy; then run again with a longer --timeout SECONDS, or with --hard, which ends it like pulling the plug",
  ].join("; ");
}

/** Whether another QEMU process runs now. */
function isNew(before: VmStatus, now: VmStatus): boolean {
  if (now.status !== "running") return false;
  if (before.pid !== undefined && now.pid !== undefined) return before.pid !== now.pid;
  return now.uptime < before.uptime;
}

/** Starts it, or finds it started; what was only lost on the way is asked for again. */
async function start(work: Undertaking, before: VmStatus): Promise<readonly string[]> {
  const { api, vm } = work;
  const { node, vmid } = vm.location;
  for (let repeat = 0; ; repeat++) {
    try {
      const warnings = await api.start(node, vmid);
      const now = await statusOf(work);
      if (now.status === "running") return warnings;
      return await restore(work, "it was started and ended at once");
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      const now = await statusOf(work);
      if (isNew(before, now)) return [];
      if (error.lock !== undefined) throw new Error(lockedWhileStopped(work, error.lock));
      const mayPass = error.isPassing || error.isLockTimeout;
      if (!mayPass || repeat >= api.patience.repeats) return restore(work, error.message);
      await api.patience.sleep(1000);
    }
  }
}

function lockedWhileStopped({ vm, backup }: Undertaking, lock: string): string {
  return `${vm.label}: it was stopped, and somebody locked it before it could be started (got ${lock}); it is stopped; wait until that has ended, then start it: qm start ${vm.location.vmid} on node ${vm.location.node}, which applies what waits; its config of before is in ${backup.path}`;
}

async function requireActivated(work: Undertaking, before: VmStatus, after: VmStatus): Promise<void> {
  const { reader, vm, plan } = work;
  const { node, vmid } = vm.location;
  if (!isNew(before, after)) {
    throw new Error(
      `${vm.label}: no new process runs (got ${after.status}, process ${after.pid ?? "none"}); allowed is one that was started after the stop; look at the VM's tasks on node ${node}`,
    );
  }
  const live = await reader.read(vmid, node);
  const waits = live === undefined ? [] : restartPlan(vm.entry, vmid, live.snapshot).activates;
  const still = waits.filter(({ path }) => plan.activates.some((one) => one.path === path));
  if (still.length === 0) return;
  throw new Error(
    `${vm.label}: it runs in a new process, and yet some of it still waits (got ${still.map(({ path }) => path).join(", ")}); look at the start task's log for why Proxmox could not apply it, or whether somebody wrote it again`,
  );
}

/** How the VM is, for somebody who ended the command. */
async function stateText({ api, vm, backup }: Undertaking): Promise<string> {
  const { node, vmid } = vm.location;
  const config = `its config of before is in ${backup.path}`;
  try {
    const { status } = await api.status(node, vmid);
    return status === "running"
      ? `it runs; a shutdown that was asked for goes on without us, and the VM then stays stopped; ${config}`
      : `it is stopped, and stays so until it is started: qm start ${vmid} on node ${node}, which applies what waits; ${config}`;
  } catch (error) {
    return `how it is could not be read (got ${(error as Error).message}); look at it on node ${node}; ${config}`;
  }
}
