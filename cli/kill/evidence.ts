import { requiredSteps } from "../../incident/autopsy/api-steps.ts";
import { lackingSteps, type Manifest } from "../../incident/autopsy/manifest.ts";
import type { VerifiedBundle } from "../../incident/autopsy/verify.ts";
import { compareVmProcesses, type VmProcess } from "../../incident/autopsy/vm-process.ts";
import { endpointBase } from "../../proxmox/endpoint.ts";

/** Clocks of two machines may differ by so much. */
const clocksMs = 60_000;

/** What evidence must be of. */
export interface Wanted {
  /** The process that is to be ended. */
  readonly process: VmProcess;
  /** Where the VM is. */
  readonly endpoint: string;
  readonly node: string;
  readonly now: Date;
  /** Oldest that a bundle may be, in minutes. */
  readonly maxAge: number;
  /** When the VM froze, as the user says: a bundle must be newer. */
  readonly since?: Date;
}

/** The bundle that will do, or why none does. */
export type Evidence = { readonly bundle: VerifiedBundle } | { readonly lacking: string };

/** Looks for a complete bundle of this very process that is newer than the freeze. */
export function evidenceFor(bundles: readonly VerifiedBundle[], wanted: Wanted): Evidence {
  const judged = bundles.map((bundle) => ({ bundle, lacking: lackingOf(bundle, wanted) }));
  const good = judged.find(({ lacking }) => lacking === undefined);
  if (good !== undefined) return { bundle: good.bundle };
  const [newest] = judged;
  if (newest === undefined) return { lacking: "no bundle" };
  return { lacking: `${newest.bundle.folder}, which ${newest.lacking}` };
}

function lackingOf({ manifest, mistakes }: VerifiedBundle, wanted: Wanted): string | undefined {
  const { process, endpoint, node, now, maxAge, since } = wanted;
  const taken = Date.parse(manifest.started);
  if (!manifest.complete) {
    const [reason = "its capture did not come to its end"] = manifest.remarks;
    return `is not complete: ${reason}`;
  }
  const contradiction = contradictionIn(manifest);
  if (contradiction !== undefined) return `says that it is complete, and is not: ${contradiction}`;
  if (endpointBase(manifest.endpoint) !== endpointBase(endpoint)) {
    return `is of another Proxmox (${manifest.endpoint}, asked now is ${endpoint})`;
  }
  if (manifest.vm.node !== node) return `was captured on ${manifest.vm.node}, and the VM is on ${node}`;
  if (mistakes.length > 0) return `is not as it was captured: ${mistakes[0]}`;
  const compared = manifest.process === undefined ? "another" : compareVmProcesses(manifest.process, process);
  if (compared === "another") {
    return `is of another process (${manifest.process?.pid ?? "none"}, now ${process.pid})`;
  }
  if (compared === "unknown") {
    return `is of a process ${process.pid} that started at ${manifest.process?.started}, and by this machine's clock it started at ${process.started}: another one, or the clocks of two machines differ`;
  }
  if (since !== undefined && taken < since.getTime()) {
    return `is older than the freeze (${manifest.started}, frozen since ${since.toISOString()})`;
  }
  if (Date.parse(manifest.ended ?? manifest.started) > now.getTime() + clocksMs) {
    return `is dated in the future (${manifest.ended ?? manifest.started}, now ${now.toISOString()})`;
  }
  const age = (now.getTime() - taken) / 60_000;
  return age > maxAge ? `is ${Math.floor(age)} minutes old, more than ${maxAge}` : undefined;
}

/** Why a capture cannot have ended well that left such a manifest; undefined when it can. */
function contradictionIn({ started, ended, steps }: Manifest): string | undefined {
  if (ended === undefined) return "it has no end";
  if (Date.parse(ended) < Date.parse(started)) return "it ended before it began";
  const missing = requiredSteps.find((name) => !steps.some((step) => step.name === name));
  if (missing !== undefined) return `the step ${missing} is not in it`;
  const [lacking] = lackingSteps({ steps });
  return lacking && `${lacking.name}: ${lacking.outcome}`;
}
