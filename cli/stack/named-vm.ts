import type { VmApi, VmLocation } from "../../proxmox/api/vm-api.ts";
import type { FleetEntry } from "./fleet-file.ts";

/** A VM that a user named, with its entry in the fleet file where it has one. */
export interface NamedVm {
  readonly location: VmLocation;
  readonly entry?: FleetEntry;
  /** How to speak of it: its key in the fleet file, else its name in Proxmox, with its id. */
  readonly label: string;
}

/**
 * Finds VMs by their key in the fleet file, their vmid, or their name in Proxmox, in this order.
 *
 * @throws {Error} with every name that is no VM, or the name of several
 */
export async function namedVms(
  names: readonly string[],
  entries: readonly FleetEntry[],
  api: Pick<VmApi, "list">,
): Promise<NamedVm[]> {
  const located = await api.list();
  const found = [...new Set(names)].map((name) => findVm(name, entries, located));
  const mistakes = found.filter((one) => typeof one === "string");
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  const vms = found.filter((one) => typeof one !== "string");
  return [...new Map(vms.map((vm) => [vm.location.vmid, vm])).values()];
}

function findVm(
  name: string,
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): NamedVm | string {
  const byKey = entries.find(({ key }) => key === name);
  const vmid = byKey?.spec.vmid ?? (/^\d+$/.test(name) ? Number(name) : undefined);
  const matches = located.filter((vm) => (vmid === undefined ? vm.name === name : vm.vmid === vmid));
  const [location, ...others] = matches;
  if (location === undefined) {
    return `${name}: no such VM (got ${vmid === undefined ? JSON.stringify(name) : `vmid ${vmid}`}); allowed is a key of the fleet file, a vmid, or a name in Proxmox, of a VM that the token may see (VM.Audit); correct it`;
  }
  if (others.length > 0) {
    return `${name}: the name of several VMs (got ${matches.map((vm) => vm.vmid).join(", ")}); allowed is one VM; name it by its vmid`;
  }
  const entry = entries.find(({ spec }) => spec.vmid === location.vmid);
  const label = `${entry?.key ?? location.name ?? "VM"} (${location.vmid})`;
  return { location, label, ...(entry !== undefined && { entry }) };
}
