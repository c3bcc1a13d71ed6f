import type { Estate } from "./estate.ts";
import { coresOf, diskCounters, NO_PRESSURE, vmStats } from "./metrics.ts";
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
  const counters = diskCounters(vm, estate.clock.seconds());
  const blockstat = Object.fromEntries(
    [...counters].map(([slot, { read, write }]) => [
      slot,
      {
        rd_bytes: read,
        wr_bytes: write,
        rd_operations: Math.trunc(read / 4096),
        wr_operations: Math.trunc(write / 4096),
        failed_rd_operations: 0,
        failed_wr_operations: 0,
      },
    ]),
  );
  return {
    blockstat,
    "running-machine": vm.qemu.machine,
    "running-qemu": vm.qemu.version,
    ...NO_PRESSURE,
  };
}

/** The answer of `status/current`. */
export function vmStatus(estate: Estate, vm: Vm): Record<string, unknown> {
  const agent = /(?:^|,)(?:enabled=)?1(?:,|$)/.test(vm.current.get("agent") ?? "0");
  return {
    ...vmRow(estate, vm),
    qmpstatus: vm.qemu === undefined ? "stopped" : "running",
    ...runningDetails(estate, vm),
    ...(agent ? { agent: 1 } : {}),
    ha: { managed: vm.haManaged ? 1 : 0 },
  };
}
