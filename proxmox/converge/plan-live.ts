import { ProxmoxError } from "../api/proxmox-error.ts";
import type { VmApi } from "../api/vm-api.ts";
import type { LiveVm } from "../api/vm-reader.ts";
import type { DeclaredVm } from "../declared.ts";
import type { DriveEvidence } from "../drive-evidence.ts";
import { type Plan, planVm } from "../plan.ts";

/**
 * As {@link planVm}; storages are asked where the plan depends on what they know, which is where a drive is made or
 * grown. One that the token may not look into says nothing.
 */
export async function planLive(
  api: VmApi,
  declared: DeclaredVm,
  { node, snapshot }: LiveVm,
  evidence: DriveEvidence,
): Promise<Plan> {
  const plan = planVm(declared, snapshot, evidence);
  if (plan.storages.length === 0) return plan;
  const volumes: Record<string, Record<string, number>> = {};
  for (const storage of plan.storages) {
    const answer = await ownVolumes(api, node, declared.vmid, storage);
    if (answer !== undefined) volumes[storage] = answer;
  }
  return planVm(declared, snapshot, { ...evidence, volumes });
}

async function ownVolumes(
  api: VmApi,
  node: string,
  vmid: number,
  storage: string,
): Promise<Record<string, number> | undefined> {
  try {
    return await api.volumes(node, vmid, storage);
  } catch (error) {
    if (error instanceof ProxmoxError && error.status === 403) return undefined;
    throw error;
  }
}
