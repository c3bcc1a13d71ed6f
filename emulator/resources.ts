import { byBytes } from "./by-bytes.ts";
import { containerResource } from "./container.ts";
import { type Estate, type NodeInfo, poolOf } from "./estate.ts";
import { coresOf, vmStats } from "./metrics.ts";
import type { Storage } from "./storage.ts";
import { isTemplate, type Vm } from "./vm.ts";

/** A VM as `cluster/resources` and pool members show it. */
function vmResource(estate: Estate, vm: Vm): Record<string, unknown> {
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

/** Every VM and container of the cluster, in the order in which Proxmox lists them: ids as text. */
export function guestResources(estate: Estate): { readonly vmid: number; row(): Record<string, unknown> }[] {
  const vms = [...estate.vms.values()].map((vm) => ({
    vmid: vm.vmid,
    row: () => vmResource(estate, vm),
  }));
  const containers = [...estate.containers.values()].map((container) => ({
    vmid: container.vmid,
    row: () => containerResource(estate, container),
  }));
  return [...vms, ...containers].sort((left, right) => byBytes(String(left.vmid), String(right.vmid)));
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
