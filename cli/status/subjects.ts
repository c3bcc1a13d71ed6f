import type { VmLocation } from "../../proxmox/api/vm-api.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { namedVms } from "../stack/named-vm.ts";

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

async function named(
  names: readonly string[],
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): Promise<number[]> {
  const declaredAs = (name: string) =>
    entries.find(({ key }) => key === name) ?? entries.find(({ spec }) => String(spec.vmid) === name);
  const declared = names.flatMap((name) => declaredAs(name)?.spec.vmid ?? []);
  const others = names.filter((name) => declaredAs(name) === undefined);
  const found = await namedVms(others, entries, { list: async () => [...located] });
  return [...declared, ...found.map(({ location }) => location.vmid)];
}
