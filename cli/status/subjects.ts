import type { VmLocation } from "../../proxmox/api/vm-api.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { namedVms, vmidOf } from "../stack/named-vm.ts";

/** A VM that is looked at: declared, in the cluster, or both. */
export interface Subject {
  readonly vmid: number;
  readonly entry?: FleetEntry;
  readonly location?: VmLocation;
}

/**
 * The VMs to look at, by vmid: those that are named, else all that are declared and all that exist.
 *
 * @param names keys of the fleet file, vmids or names in Proxmox; a declared VM need not exist
 * @throws {Error} with every name that is no VM, or the name of several
 */
export async function subjectsOf(
  names: readonly string[],
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): Promise<Subject[]> {
  const entryOf = new Map(entries.map((entry) => [entry.spec.vmid, entry]));
  const locationOf = new Map(located.map((location) => [location.vmid, location]));
  const vmids =
    names.length === 0 ? [...entryOf.keys(), ...locationOf.keys()] : await named(names, entries, located);
  return [...new Set(vmids)]
    .toSorted((one, other) => one - other)
    .map((vmid) => {
      const entry = entryOf.get(vmid);
      const location = locationOf.get(vmid);
      return { vmid, ...(entry && { entry }), ...(location && { location }) };
    });
}

/** A declared VM need not exist; any other must. */
async function named(
  names: readonly string[],
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): Promise<number[]> {
  const declared = new Set(entries.map(({ spec }) => spec.vmid));
  const vmids = names.map((name) => vmidOf(name, entries, located));
  const others = names.filter((_, index) => !declared.has(vmids[index] ?? -1));
  await namedVms(others, entries, { list: async () => [...located] });
  return vmids.filter((vmid) => vmid !== undefined);
}
