import { ProxmoxError } from "../api/proxmox-error.ts";
import type { VmApi } from "../api/vm-api.ts";
import type { LiveVm } from "../api/vm-reader.ts";
import type { DeclaredVm } from "../declared.ts";
import type { DriveEvidence } from "../drive-evidence.ts";
import { type Plan, planVm } from "../plan.ts";
import { plannedReferences } from "../planned-references.ts";
import { missingNames } from "./missing-names.ts";

/** Looks that may differ in what they refuse before the last one counts. */
const maxLooks = 5;

/** A VM as it was read, and the plan for that. */
export interface Look {
  readonly live: LiveVm;
  readonly plan: Plan;
}

/**
 * Reads and plans. Config, QEMU process and storage are different answers: what another hand does between them is in
 * some of them alone, and looks like a drive that was lost. So a refusal stands only when two looks in a row give it.
 */
export async function lookAndPlan(
  api: VmApi,
  read: () => Promise<LiveVm>,
  declared: DeclaredVm,
  evidence: DriveEvidence,
): Promise<Look> {
  let refusal: string | undefined;
  for (let looks = 1; ; looks++) {
    const live = await read();
    const plan = await planLive(api, declared, live, evidence);
    const problems = JSON.stringify(plan.problems);
    if (plan.problems.length === 0 || problems === refusal || looks === maxLooks) return { live, plan };
    refusal = problems;
  }
}

/**
 * As {@link planVm}, with what the cluster knows and the VM does not. Names that would be written anew must mean
 * something there.
 */
async function planLive(
  api: VmApi,
  declared: DeclaredVm,
  live: LiveVm,
  evidence: DriveEvidence,
): Promise<Plan> {
  const plan = await planWithStorages(api, declared, live, evidence);
  const references = plannedReferences(plan, live.snapshot);
  const problems = references.length === 0 ? [] : await missingNames(api, live.node, references);
  return problems.length === 0 ? plan : { ...plan, problems, requests: [] };
}

/**
 * Storages are asked where the plan depends on what they know, which is where a drive is made or grown. One that the
 * token may not look into says nothing.
 */
async function planWithStorages(
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
    if (error instanceof ProxmoxError && error.isMissingStorage) return {};
    if (error instanceof ProxmoxError && error.status === 403) return undefined;
    throw error;
  }
}
