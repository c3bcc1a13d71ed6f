import type { LiveVm } from "../proxmox/api/vm-reader.ts";
import { identityOf } from "../proxmox/identity.ts";
import { invisibleWaiting } from "../proxmox/invisible.ts";
import type { Change, Plan } from "../proxmox/plan.ts";
import { printable } from "../proxmox/printable.ts";
import { compareProcesses } from "../proxmox/qemu-process.ts";
import type { Waiting } from "../proxmox/report.ts";
import { lastSeen, seenVolumes } from "./seen-volumes.ts";
import { declaredOf, type VmConfigInputs, type VmConfigOutputs } from "./vm-config-inputs.ts";

/** What will wait once the plan is written: what waits already, and its cold changes. */
export function waitingAfter(plan: Plan): Change[] {
  return [...plan.waiting, ...plan.changes.filter(({ effect }) => effect === "cold")];
}

/** What waits, and what is remembered besides. */
export interface Waits {
  readonly waiting: readonly Waiting[];
  /** Of keys that no API shows: QEMU runs the declared value, the config has another, and the declared is pending. */
  readonly agreed: readonly Waiting[];
}

/** All that waits: what Proxmox keeps as pending, and what only the outputs remember of this QEMU process. */
export function waitingOf(
  inputs: VmConfigInputs,
  live: LiveVm,
  pending: readonly Change[],
  changes: readonly Change[],
  old: VmConfigOutputs | undefined,
): Waits {
  const remembered =
    old !== undefined && mayStillRun(old, live) ? [...old.waiting, ...(old.agreed ?? [])] : [];
  const shown = pending.map(
    ({ path, from, to }): Waiting => ({
      path,
      ...(from !== undefined && { from: printable(from) }),
      ...(to !== undefined && { to }),
    }),
  );
  // One that waits behind another hand's change too is one: from what QEMU runs to what is pending.
  const unseen = invisibleWaiting(declaredOf(inputs), live.snapshot, remembered, changes).map(
    ({ to, ...one }): Waiting => {
      const last = shown.find(({ path }) => path === one.path) ?? { to };
      return { ...one, ...(last.to !== undefined && { to: last.to }) };
    },
  );
  const alone = shown.filter(({ path }) => unseen.every((one) => one.path !== path));
  return {
    waiting: [...alone, ...unseen.filter(({ from, to }) => from !== to)],
    agreed: unseen.filter(({ from, to }) => from === to),
  };
}

/** Whether the process of before may run still: what waits in it is forgotten only once that is ruled out. */
function mayStillRun(old: VmConfigOutputs, live: LiveVm): boolean {
  return compareProcesses(old, live) !== "another";
}

/** The outputs: the inputs, what was seen, and what waits after this run has written something. */
export function outputsOf(
  inputs: VmConfigInputs,
  live: LiveVm,
  { waiting, agreed }: Waits,
  old: VmConfigOutputs | undefined,
  written: readonly Change[] = [],
): VmConfigOutputs {
  // The same start is seen some seconds apart: what was said of it before stays.
  const startedAt = old !== undefined && mayStillRun(old, live) ? old.startedAt : live.startedAt;
  const identity = { ...(old?.vmid === inputs.vmid && old.identity), ...identityOf(live.snapshot) };
  return {
    ...inputs,
    status: live.status,
    waiting,
    ...(agreed.length > 0 && { agreed }),
    ...(Object.keys(identity).length > 0 && { identity }),
    ...seenVolumes(Object.keys(inputs.drives), live, lastSeen(inputs, old), written),
    ...(live.qemuVersion !== undefined && { qemuVersion: live.qemuVersion }),
    ...(live.pid !== undefined && { pid: live.pid }),
    ...(startedAt !== undefined && { startedAt }),
  };
}
