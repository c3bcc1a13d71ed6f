import type { GuestLocation, VmLocation } from "../../proxmox/api/vm-api.ts";
import { vmsAmong } from "../cluster/read-vm.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { namedVms, vmidOf } from "../stack/named-vm.ts";

/** A VM that is looked at: declared, in the cluster, or both. */
export interface Subject {
  readonly vmid: number;
  readonly entry?: FleetEntry;
  readonly location?: VmLocation;
  /** The container that has the vmid of a declared VM. */
  readonly container?: GuestLocation;
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
  guests: readonly GuestLocation[],
): Promise<Subject[]> {
  const entryOf = new Map(entries.map((entry) => [entry.spec.vmid, entry]));
  const locationOf = new Map(vmsAmong(guests).map((location) => [location.vmid, location]));
  const vmids =
    names.length === 0 ? [...entryOf.keys(), ...locationOf.keys()] : await named(names, entries, guests);
  return [...new Set(vmids)]
    .toSorted((one, other) => one - other)
    .map((vmid) => {
      const entry = entryOf.get(vmid);
      const location = locationOf.get(vmid);
      const container = guests.find((guest) => guest.vmid === vmid && guest.kind === "container");
      return {
        vmid,
        ...(entry && { entry }),
        ...(location && { location }),
        ...(container && { container }),
      };
    });
}

/** A declared VM need not exist; any other must. */
async function named(
  names: readonly string[],
  entries: readonly FleetEntry[],
  guests: readonly GuestLocation[],
): Promise<number[]> {
  const declared = new Set(entries.map(({ spec }) => spec.vmid));
  const vmids = names.map((name) => vmidOf(name, entries, vmsAmong(guests)));
  const others = names.filter((_, index) => !declared.has(vmids[index] ?? -1));
  await namedVms(others, entries, { guests: async () => [...guests] });
  return vmids.filter((vmid) => vmid !== undefined);
}
