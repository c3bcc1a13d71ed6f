import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import { pathOf } from "../../proxmox/config-key.ts";
import { requireVm } from "../../proxmox/converge/converge.ts";
import { formerValues, planFormer } from "../../proxmox/converge/former.ts";
import { putBack } from "../../proxmox/converge/put-back.ts";
import type { Change } from "../../proxmox/plan.ts";
import { printable } from "../../proxmox/printable.ts";
import { absent } from "../../proxmox/report.ts";
import { Interruption } from "./interruption.ts";
import { statusOf, type Undertaking } from "./undertaking.ts";

/** Puts back what was activated and starts again; never returns, for what was asked for is not so. */
export async function restore(work: Undertaking, failure: string): Promise<never> {
  const { api, reader, vm, plan, backup, progress } = work;
  const { node, vmid } = vm.location;
  const failed = `${vm.label}: it did not start with what was activated (got ${failure})`;
  const byHand = `its config of before is in ${backup.path}; look at the start task's log, then qm start ${vmid} on node ${node}`;
  if (plan.activates.length === 0) {
    throw new Error(
      `${failed}; nothing had been activated, so there is nothing to put back: it is stopped; ${byHand}`,
    );
  }
  progress("putting back the values of before, since it does not start");
  let lines: string;
  let left: readonly string[];
  try {
    const back = await restorable(work);
    left = back.left;
    const { written } = await putBack(api, reader, back.former, vm.label);
    lines = written.length === 0 ? "  nothing: the values of before were there" : backLines(written);
  } catch (error) {
    if (error instanceof Interruption) throw error;
    throw new Error(
      `${failed}\nthe values of before could not be put back: ${(error as Error).message}\nit is stopped; correct it by hand: ${byHand}`,
    );
  }
  const kept =
    left.length === 0 ? "" : `\nleft as it is now, since it cannot be put back:\n${left.join("\n")}`;
  const told = `${failed}\nput back, from ${backup.path}:\n${lines}${kept}`;
  progress("starting it as it was before");
  try {
    await api.start(node, vmid);
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    if ((await statusOf(work)).status !== "running") {
      throw new Error(
        `${told}\nit does not start with these either (got ${error.message}), so that something else is wrong: it is stopped; ${byHand}`,
      );
    }
  }
  const declared = plan.activates.some((one) => one.declared);
  throw new Error(
    `${told}\nit runs again with the values of before; find the cause in the log of the failed start${declared ? "; the fleet file still declares the new values, and the next pulumi up would write them again" : ""}`,
  );
}

/** The former values of what was activated, and a line for each that must stay: a new device, another volume. */
async function restorable({ reader, vm, plan, backup }: Undertaking) {
  const { node, vmid } = vm.location;
  const of = { vmid, node, foreignSlots: vm.entry?.declared.foreignSlots ?? [] };
  const { current } = backup.saved;
  const live = await requireVm(reader, formerValues(of, current, []).declared, vm.label);
  const { problems } = planFormer(formerValues(of, current, plan.activates), live.snapshot);
  const stays = (key: string) =>
    problems.some(({ path }) => path === pathOf(key) || path.startsWith(`${pathOf(key)}.`));
  const names = plan.activates.filter(({ key }) => !stays(key));
  const left = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  return { former: formerValues(of, current, names), left };
}

function backLines(written: readonly Change[]): string {
  return written
    .map(({ path, from = absent, to = absent }) => printable(`  ${path}: ${from} => ${to}`))
    .join("\n");
}
