import { type Former, formerValues, planFormer, type ValueName } from "../../proxmox/converge/former.ts";
import { ownedKeys } from "../../proxmox/owned.ts";
import { type Change, planVm } from "../../proxmox/plan.ts";
import type { Problem } from "../../proxmox/problem.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";
import type { SavedConfig } from "../restart/backup.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { fleetKeys } from "../stack/fleet-keys.ts";

/** What a rollback writes, and what the fleet file must say so that it stays. */
export interface RollbackPlan {
  readonly former: Former;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  /** Keys of the fleet file that declare something else than the saved values. */
  readonly contradicted: readonly Contradiction[];
}

/** A key of the fleet file that says something else than what was saved. */
interface Contradiction {
  readonly key: string;
  /** The value in the fleet file. */
  readonly declared: string;
  /** Where it stands in Proxmox's language. */
  readonly path: string;
  /** Proxmox's text; absent when there was none. */
  readonly saved?: string;
}

/** Plans the way back for what the fleet file owns, and for nothing else. */
export function rollbackPlan(entry: FleetEntry, saved: SavedConfig, snapshot: VmSnapshot): RollbackPlan {
  const { vmid, foreignSlots, node } = entry.declared;
  const owned = ownedKeys(entry.declared);
  const names: ValueName[] = owned.flatMap(({ key, leaves }) =>
    leaves.map((leaf) => ({ key, part: leaf.key })),
  );
  const vm = { vmid, foreignSlots, ...(node !== undefined && { node }) };
  const former = formerValues(vm, saved.current, names);
  const { changes, problems } = planFormer(former, snapshot);
  return { former, changes, problems, contradicted: contradicted(entry, saved) };
}

/** Where the fleet file and the saved config do not mean the same. */
function contradicted(entry: FleetEntry, saved: SavedConfig): Contradiction[] {
  const keys = fleetKeys(entry);
  const then: VmSnapshot = {
    digest: saved.digest,
    running: false,
    current: saved.current,
    pending: {},
    pendingDeletes: new Set(),
  };
  return planVm(entry.declared, then).changes.flatMap(({ path, from }) => {
    const found = keys.get(path);
    if (found === undefined) return [];
    return { key: found.key, declared: found.value, path, ...(from !== undefined && { saved: from }) };
  });
}
