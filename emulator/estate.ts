import type { Clock } from "./clock.ts";
import type { Container } from "./container.ts";
import { ApiError, die } from "./errors.ts";
import type { Monitors } from "./monitor.ts";
import type { Random } from "./random.ts";
import type { Storages } from "./storage.ts";
import type { Tasks } from "./tasks.ts";
import type { Vm } from "./vm.ts";

export interface NodeInfo {
  readonly name: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly bridges: readonly string[];
  /** Of the node's clock, as an IANA name. */
  readonly timezone: string;
  /** The node's journal; `at` in milliseconds since the epoch. */
  readonly log: readonly { readonly at: number; readonly text: string }[];
}

interface Vnet {
  readonly zone: string;
  readonly nodes: readonly string[] | undefined;
}

export interface Pool {
  comment: string | undefined;
  readonly vms: Set<number>;
  readonly storages: Set<string>;
}

/** Everything that the emulated cluster is. */
export interface Estate {
  readonly clock: Clock;
  readonly random: Random;
  readonly tasks: Tasks;
  readonly monitors: Monitors;
  readonly storages: Storages;
  readonly nodes: ReadonlyMap<string, NodeInfo>;
  /** What SDN makes, by its name, with its zone: a bridge on the nodes of the zone, which is all when it names none. */
  readonly vnets: ReadonlyMap<string, Vnet>;
  /** Of the certificate that the API shows. */
  readonly fingerprint: string;
  readonly vms: Map<number, Vm>;
  readonly containers: ReadonlyMap<number, Container>;
  readonly pools: Map<string, Pool>;
  /** When the emulated hosts booted, in seconds since the epoch. */
  readonly bootedAt: number;
}

/** @throws the API's error when the node has no such VM */
export function findVm(estate: Estate, node: string, vmid: string): Vm {
  const vm = estate.vms.get(Number(vmid));
  if (vm === undefined || vm.node !== node) {
    throw die(`Configuration file 'nodes/${node}/qemu-server/${vmid}.conf' does not exist`);
  }
  return vm;
}

/** @throws the API's error when the node has no such container */
export function findContainer(estate: Estate, node: string, vmid: string): Container {
  const container = estate.containers.get(Number(vmid));
  if (container?.node === node) return container;
  throw die(`Configuration file 'nodes/${node}/lxc/${vmid}.conf' does not exist`);
}

/** Who has an id in the whole cluster, whoever may see it: a VM or a container. */
export function holderOf(
  { vms, containers }: Estate,
  vmid: number,
): { readonly kind: "VM" | "CT"; readonly node: string } | undefined {
  const vm = vms.get(vmid);
  if (vm !== undefined) return { kind: "VM", node: vm.node };
  const container = containers.get(vmid);
  return container && { kind: "CT", node: container.node };
}

/** @throws the proxy's error when there is no such node */
export function findNode(estate: Estate, name: string): NodeInfo {
  const node = estate.nodes.get(name);
  if (node !== undefined) return node;
  const reason = `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`;
  throw new ApiError(500, `${reason}\n`);
}

/** @throws the API's error when a lock is in the way */
export function checkLock(vm: Vm): void {
  const lock = vm.current.get("lock");
  if (lock !== undefined) throw die(`VM is locked (${lock})`);
}

export function poolOf(estate: Estate, vmid: number): string | undefined {
  for (const [name, pool] of estate.pools) {
    if (pool.vms.has(vmid)) return name;
  }
  return undefined;
}
