import { ProxmoxError } from "../api/proxmox-error.ts";
import type { VmApi } from "../api/vm-api.ts";
import type { LiveVm, VmReader } from "../api/vm-reader.ts";
import type { Change } from "../plan.ts";
import { converge, requireVm } from "./converge.ts";
import { ConvergenceError } from "./convergence-error.ts";
import { type Former, type FormerPlan, planFormer } from "./former.ts";
import { Setbacks } from "./setbacks.ts";

/** Rounds of writing and looking: each ends sooner unless another hand writes in between. */
const maxRounds = 10;

/** What was put back, and how the VM is now. */
export interface PutBack {
  readonly live: LiveVm;
  readonly written: readonly Change[];
}

/**
 * Puts former values back: those that were there with {@link converge}, those that were absent by removing them.
 * Each write carries the digest of the read that it was decided on. No device is plugged or unplugged, no volume
 * changed.
 *
 * @throws ConvergenceError that says what was and what was not written
 */
export async function putBack(api: VmApi, reader: VmReader, former: Former, where: string): Promise<PutBack> {
  const { declared } = former;
  const first = await requireVm(reader, declared, where);
  const { changes } = requireFormer(planFormer(former, first.snapshot), where);
  const setbacks = new Setbacks(api.patience);
  for (let round = 0; round < maxRounds; round++) {
    await converge(api, reader, declared, where, { identity: former.identity });
    const live = await requireVm(reader, declared, where);
    const { removal, changes: missing } = requireFormer(planFormer(former, live.snapshot), where);
    if (missing.length === 0) return { live, written: changes };
    if (removal.options.length === 0 && Object.keys(removal.set).length === 0) continue;
    try {
      const { digest } = live.snapshot;
      await api.removeOptions(live.node, declared.vmid, removal.options, removal.set, digest);
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      if (await setbacks.mayPass(error)) continue;
      const left = error.isRefusal ? missing : await missingNow(reader, former);
      const undone = left ?? missing;
      const written = changes.filter(({ path }) => undone.every((one) => one.path !== path));
      const account = {
        written,
        pending: left?.filter(({ pending }) => pending) ?? [],
        missing: left?.filter(({ pending }) => !pending) ?? [],
        doubtful: left === undefined ? missing : [],
      };
      throw new ConvergenceError(setbacks.reason(where, error), account, error);
    }
  }
  throw new Error(
    `${where}: the old values do not stay (got ${maxRounds} rounds); somebody else may be writing the same keys; find who, then run again`,
  );
}

/** What is not as it was, after a write that failed; undefined when that cannot be read. */
async function missingNow(reader: VmReader, former: Former): Promise<readonly Change[] | undefined> {
  const { vmid, node } = former.declared;
  const live = await reader.read(vmid, node).catch(() => undefined);
  return live && planFormer(former, live.snapshot).changes;
}

function requireFormer(plan: FormerPlan, where: string): FormerPlan {
  if (plan.problems.length === 0) return plan;
  const lines = plan.problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  throw new Error(`${where}: nothing is put back, because\n${lines.join("\n")}`);
}
