import { idIsFreeHook } from "./id-is-free.ts";
import { FleetProvider, loadOfficial } from "./providers.ts";
import * as pulumi from "./pulumi.ts";
import type { StackConfig } from "./stack-config.ts";
import { isCreated } from "./translation/creation-defaults.ts";
import { withFleet } from "./translation/declared-vm.ts";
import { Vm } from "./vm.ts";
import { restartCommands, type WaitingByVm, waitingSummary, whatWaits } from "./waiting.ts";

/** The VMs of a stack. */
export interface Fleet {
  readonly vms: Readonly<Record<string, Vm>>;
  /** By VM, what waits for a cold stop and start; VMs for which nothing waits are left out. */
  readonly waiting: pulumi.Output<WaitingByVm>;
  /** The commands that bring into QEMU what waits. */
  readonly restart: pulumi.Output<string[]>;
}

/** Registers the providers and all VMs of a fleet, and says at the end of an `up` what waits. */
export async function createFleet({ fleet, connections }: StackConfig): Promise<Fleet> {
  const proxmoxfleet = new FleetProvider("proxmox", connections.fleet);
  const official = Object.values(fleet.vms).some(isCreated)
    ? await loadOfficial("proxmox", connections.official, idIsFreeHook("vmid-is-free", proxmoxfleet))
    : undefined;
  const vms = Object.fromEntries(
    Object.entries(fleet.vms).map(([name, vm]) => {
      const spec = withFleet(vm, fleet);
      return [name, new Vm(name, { spec, ...(official && { official }) }, { providers: { proxmoxfleet } })];
    }),
  );
  const waiting = pulumi
    .all(Object.entries(vms).map(([name, vm]) => vm.waiting.apply((items) => [name, items] as const)))
    .apply(whatWaits);
  const stack = pulumi.getStack();
  const restart = waiting.apply((byVm) => restartCommands(byVm, stack));
  waiting.apply(async (byVm) => {
    const summary = pulumi.isDryRun() ? undefined : waitingSummary(byVm, stack);
    if (summary !== undefined) await pulumi.warn(summary);
  });
  return { vms, waiting, restart };
}
