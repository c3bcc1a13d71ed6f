import type { Estate } from "./estate.ts";
import { blockStatistics, coresOf, pressureAt, vmStats } from "./metrics.ts";
import type { RunningQemu } from "./qemu.ts";
import { isTemplate, type Vm } from "./vm.ts";

/** The part of a VM's status that the list of VMs has too. */
export function vmRow(estate: Estate, vm: Vm): Record<string, unknown> {
  const { current, qemu } = vm;
  const optional = { lock: current.get("lock"), tags: current.get("tags"), pid: qemu?.pid };
  return {
    vmid: vm.vmid,
    name: current.get("name") ?? `VM ${vm.vmid}`,
    status: qemu === undefined ? "stopped" : "running",
    cpus: coresOf(vm),
    ...vmStats(vm, estate.clock.seconds()),
    ...(isTemplate(vm) ? { template: 1 } : {}),
    ...(/^socket$/.test(current.get("serial0") ?? "") ? { serial: 1 } : {}),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function runningDetails(estate: Estate, vm: Vm): Record<string, unknown> {
  if (vm.qemu === undefined) return {};
  const now = estate.clock.seconds();
  const qmp = vm.qmp === "silent" ? {} : qmpDetails(vm.qemu, vm, now);
  return { ...qmp, ...pressureAt(vm, now) };
}

/** What is known only from QMP, and is absent when it does not answer. */
function qmpDetails(qemu: RunningQemu, vm: Vm, now: number): Record<string, unknown> {
  return {
    blockstat: blockStatistics(vm, now),
    "running-machine": qemu.machine,
    "running-qemu": qemu.version,
  };
}

/** Proxmox says "running" of a process whose QMP does not answer. */
function qmpStatus({ qemu, qmp }: Vm): string {
  if (qemu === undefined) return "stopped";
  return qmp === "silent" ? "running" : qmp;
}

/** The answer of `status/current`. */
export function vmStatus(estate: Estate, vm: Vm): Record<string, unknown> {
  const agent = /(?:^|,)(?:enabled=)?1(?:,|$)/.test(vm.current.get("agent") ?? "0");
  return {
    ...vmRow(estate, vm),
    qmpstatus: qmpStatus(vm),
    ...runningDetails(estate, vm),
    ...(agent ? { agent: 1 } : {}),
    ha: { managed: vm.haManaged ? 1 : 0 },
  };
}
