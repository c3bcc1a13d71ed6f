import type { Reference } from "../proxmox/reference.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import { mayBeCreatedHook } from "./may-be-created.ts";
import { FleetProvider, loadOfficial } from "./providers.ts";
import * as pulumi from "./pulumi.ts";
import type { StackConfig } from "./stack-config.ts";
import { isCreated, withCreationDefaults } from "./translation/creation-defaults.ts";
import { creationReferences } from "./translation/creation-references.ts";
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
  const created = createdVms(fleet);
  const official =
    created.size > 0
      ? await loadOfficial(
          "proxmox",
          connections.official,
          mayBeCreatedHook("may-be-created", proxmoxfleet, (key) => created.get(key) ?? []),
        )
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

/** The VMs that the program creates, with the names in each entry that Proxmox must have. */
function createdVms(fleet: FleetSpec): ReadonlyMap<string, readonly Reference[]> {
  return new Map(
    Object.entries(fleet.vms).flatMap(([key, entry]) => {
      const vm = withFleet(entry, fleet);
      return isCreated(vm) ? [[key, creationReferences(withCreationDefaults(key, vm))] as const] : [];
    }),
  );
}
