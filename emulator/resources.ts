import { type Estate, type NodeInfo, poolOf } from "./estate.ts";
import { coresOf, vmStats } from "./metrics.ts";
import type { Storage } from "./storage.ts";
import { isTemplate, type Vm } from "./vm.ts";

/** A VM as `cluster/resources` and pool members show it. */
export function vmResource(estate: Estate, vm: Vm): Record<string, unknown> {
  const pool = poolOf(estate, vm.vmid);
  const { current } = vm;
  const optional = { lock: current.get("lock"), tags: current.get("tags"), pool };
  return {
    id: `qemu/${vm.vmid}`,
    vmid: vm.vmid,
    node: vm.node,
    type: "qemu",
    name: current.get("name") ?? `VM ${vm.vmid}`,
    status: vm.qemu === undefined ? "stopped" : "running",
    template: isTemplate(vm) ? 1 : 0,
    maxcpu: coresOf(vm),
    ...vmStats(vm, estate.clock.seconds()),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

export function nodeResource(estate: Estate, node: NodeInfo): Record<string, unknown> {
  return {
    id: `node/${node.name}`,
    node: node.name,
    type: "node",
    status: "online",
    level: "",
    cpu: 0.1,
    maxcpu: node.cores,
    mem: Math.trunc(node.memory * 0.7),
    maxmem: node.memory,
    disk: 20 * 1024 ** 3,
    maxdisk: 100 * 1024 ** 3,
    uptime: estate.clock.seconds() - estate.bootedAt,
  };
}

export function storageResource(node: string, storage: Storage): Record<string, unknown> {
  const used = [...storage.volumes.values()].reduce((total, volume) => total + volume.size, 0);
  return {
    id: `storage/${node}/${storage.name}`,
    node,
    storage: storage.name,
    type: "storage",
    status: "available",
    plugintype: storage.type,
    content: storage.content.join(","),
    shared: storage.shared ? 1 : 0,
    disk: Math.min(used, storage.total),
    maxdisk: storage.total,
  };
}
