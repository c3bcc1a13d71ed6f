import { idIsFreeHook } from "./id-is-free.ts";
import { FleetProvider, loadOfficial } from "./providers.ts";
import * as pulumi from "./pulumi.ts";
import type { StackConfig } from "./stack-config.ts";
import { isCreated } from "./translation/creation-defaults.ts";
import { withNode } from "./translation/declared-vm.ts";
import { Vm } from "./vm.ts";
import type { Waiting } from "./vm-config.ts";

/** The VMs of a stack. */
export interface Fleet {
  readonly vms: Readonly<Record<string, Vm>>;
  /** By VM, what waits for a cold stop and start; VMs for which nothing waits are left out. */
  readonly waiting: pulumi.Output<Record<string, string[]>>;
}

/** Registers the providers and all VMs of a fleet. */
export async function createFleet({ fleet, connections }: StackConfig): Promise<Fleet> {
  const proxmoxfleet = new FleetProvider("proxmox", connections.fleet);
  const official = Object.values(fleet.vms).some(isCreated)
    ? await loadOfficial("proxmox", connections.official, idIsFreeHook("vmid-is-free", proxmoxfleet))
    : undefined;
  const vms = Object.fromEntries(
    Object.entries(fleet.vms).map(([name, vm]) => {
      const spec = withNode(vm, fleet.node);
      return [name, new Vm(name, { spec, ...(official && { official }) }, { providers: { proxmoxfleet } })];
    }),
  );
  const waiting = pulumi
    .all(Object.entries(vms).map(([name, vm]) => vm.waiting.apply((items) => [name, items] as const)))
    .apply(whatWaits);
  return { vms, waiting };
}

/** What waits, by VM and readable: `options.scsihw: lsi => virtio-scsi-single`. */
function whatWaits(
  vms: readonly (readonly [name: string, items: readonly Waiting[] | undefined])[],
): Record<string, string[]> {
  return Object.fromEntries(
    vms.flatMap(([name, items = []]) =>
      items.length === 0
        ? []
        : [[name, items.map(({ path, from, to }) => `${path}: ${from ?? "(absent)"} => ${to}`)]],
    ),
  );
}
