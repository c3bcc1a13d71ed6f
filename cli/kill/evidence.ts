import type { VerifiedBundle } from "../../incident/autopsy/verify.ts";
import { isSameProcess, type VmProcess } from "../../incident/autopsy/vm-process.ts";

/** What evidence must be of. */
export interface Wanted {
  /** The process that is to be ended. */
  readonly process: VmProcess;
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
  const { process, now, maxAge, since } = wanted;
  const taken = Date.parse(manifest.started);
  if (!manifest.complete) {
    const [reason = "its capture did not come to its end"] = manifest.remarks;
    return `is not complete: ${reason}`;
  }
  if (mistakes.length > 0) return `is not as it was captured: ${mistakes[0]}`;
  if (manifest.process === undefined || !isSameProcess(manifest.process, process)) {
    return `is of another process (${manifest.process?.pid ?? "none"}, now ${process.pid})`;
  }
  if (since !== undefined && taken < since.getTime()) {
    return `is older than the freeze (${manifest.started}, frozen since ${since.toISOString()})`;
  }
  const age = (now.getTime() - taken) / 60_000;
  return age > maxAge ? `is ${Math.floor(age)} minutes old, more than ${maxAge}` : undefined;
}
