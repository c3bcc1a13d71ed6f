import type { ProviderProcess } from "../provider/provider-process.ts";

export type Properties = Record<string, unknown>;

/** A VM as it is declared before the operation; the estate has it so. */
function declaredBefore(vmid: number): Properties {
  return declared(vmid, 4, { mbps_rd: 60, mbps_wr: 60 });
}

function declared(vmid: number, cores: number, scsi0: Properties): Properties {
  return {
    vmid,
    node: "pve",
    options: { cores },
    drives: { scsi0 },
    nics: {},
    foreignSlots: ["scsi1"],
  };
}

/** One call of the provider as the engine makes it, and the declaration that it is about. */
export interface Operation {
  readonly name: "create" | "read" | "update" | "grow";
  readonly declared: (vmid: number) => Properties;
  readonly run: (provider: ProviderProcess, vmid: number) => Promise<Properties | undefined>;
}

/** What the state holds of a VM as it is declared before. */
function outputsBefore(vmid: number): Properties {
  return { ...declaredBefore(vmid), status: "running", waiting: [] };
}

function updating(name: "update" | "grow", declaredAfter: Operation["declared"]): Operation {
  return {
    name,
    declared: declaredAfter,
    run: (provider, vmid) => provider.update(outputsBefore(vmid), declaredAfter(vmid)),
  };
}

const created = (vmid: number) => declared(vmid, 8, { mbps_rd: 60, mbps_wr: 70 });

export const operations: readonly Operation[] = [
  { name: "create", declared: created, run: (provider, vmid) => provider.create(created(vmid)) },
  {
    name: "read",
    declared: declaredBefore,
    run: async (provider, vmid) => (await provider.read(declaredBefore(vmid), outputsBefore(vmid)))?.outputs,
  },
  // Live caps and a cold aio in one drive: two writes.
  updating("update", (vmid) => declared(vmid, 4, { mbps_rd: 60, mbps_wr: 70, aio: "threads" })),
  // Growth beside a live cap: a write of the configuration, then the task that grows.
  updating("grow", (vmid) => declared(vmid, 4, { mbps_rd: 60, mbps_wr: 70, size: "40G" })),
];

/** The next `up` of the engine: it refreshes what it has in its state, then updates; or creates again. */
export async function nextUp(
  provider: ProviderProcess,
  operation: Operation,
  vmid: number,
): Promise<Properties> {
  if (operation.name === "create") return provider.create(operation.declared(vmid));
  const refreshed = await provider.read(declaredBefore(vmid), outputsBefore(vmid));
  if (refreshed === undefined) return provider.create(operation.declared(vmid));
  return provider.update(refreshed.outputs, operation.declared(vmid));
}
