import { type AdoptedEntry, adoptedEntry } from "../../components/adoption/adopted-entry.ts";
import { vmKey } from "../../components/fleet-spec.ts";
import type { ReadVm } from "./read-vms.ts";

/** A VM with the entry that adopts it. */
export interface Adoption extends AdoptedEntry {
  /** Key of the entry. */
  readonly key: string;
  readonly vmid: number;
  readonly node: string;
  readonly status: "running" | "stopped";
}

/**
 * Entries for VMs, each under the VM's name where that is a key that nobody has, else under `vm-VMID`.
 *
 * @param taken keys of the fleet file
 */
export function adoptionsOf(
  vms: readonly ReadVm[],
  taken: readonly string[],
  fleetNode: string | undefined,
): Adoption[] {
  const keys = new Set(taken);
  return vms.map((vm) => {
    const key = freeKey(vm, keys);
    keys.add(key);
    const { vmid, node, status } = vm;
    return { key, vmid, node, status, ...adoptedEntry(vm, fleetNode) };
  });
}

/** A name of digits alone would be taken for a vmid. */
function freeKey({ vmid, name = "" }: ReadVm, taken: ReadonlySet<string>): string {
  if (vmKey.safeParse(name).success && !/^\d+$/.test(name) && !taken.has(name)) return name;
  let key = `vm-${vmid}`;
  for (let n = 2; taken.has(key); n++) key = `vm-${vmid}-${n}`;
  return key;
}
