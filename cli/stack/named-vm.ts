import type { GuestLocation, VmApi, VmLocation } from "../../proxmox/api/vm-api.ts";
import { holderText } from "../../proxmox/id-holder.ts";
import { vmsAmong } from "../cluster/read-vm.ts";
import type { FleetEntry } from "./fleet-file.ts";

/** A VM that a user named, with its entry in the fleet file where it has one. */
export interface NamedVm {
  readonly location: VmLocation;
  readonly entry?: FleetEntry;
  /** How to speak of it: its key in the fleet file, else its name in Proxmox, with its id. */
  readonly label: string;
}

/**
 * Finds VMs by their key in the fleet file, their vmid, or their name in Proxmox.
 *
 * @throws {Error} with every name that is no VM, or that could mean several
 */
export async function namedVms(
  names: readonly string[],
  entries: readonly FleetEntry[],
  api: Pick<VmApi, "guests">,
): Promise<NamedVm[]> {
  const guests = await api.guests();
  const found = [...new Set(names)].map((name) => findVm(name, entries, guests));
  const mistakes = found.filter((one) => typeof one === "string");
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  const vms = found.filter((one) => typeof one !== "string");
  return [...new Map(vms.map((vm) => [vm.location.vmid, vm])).values()];
}

/**
 * The vmids that a name could mean, each with why. Digits are a vmid and nothing else.
 *
 * @param located VMs of the cluster; a declared one need not be among them
 */
function meanings(
  name: string,
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): ReadonlyMap<number, string> {
  if (/^\d+$/.test(name)) return new Map([[Number(name), "vmid"]]);
  const byName = located.filter((vm) => vm.name === name).map(({ vmid }) => [vmid, "name"] as const);
  const byKey = entries.filter(({ key }) => key === name).map(({ spec }) => [spec.vmid, "key"] as const);
  return new Map([...byName, ...byKey]);
}

/**
 * The vmid that a name means, whether there is such a VM or not; undefined when it means none.
 *
 * @throws {Error} when it could mean several
 */
export function vmidOf(
  name: string,
  entries: readonly FleetEntry[],
  located: readonly VmLocation[],
): number | undefined {
  const found = meanings(name, entries, located);
  if (found.size <= 1) return [...found.keys()][0];
  if ([...found.values()].every((why) => why === "name")) {
    throw new Error(
      `${name}: the name of several VMs (got ${[...found.keys()].join(", ")}); allowed is one VM; name it by its vmid`,
    );
  }
  const candidates = [...found].map(([vmid, why]) =>
    why === "key" ? `${vmid}, whose key in the fleet file it is` : `${vmid}, which Proxmox calls so`,
  );
  throw new Error(
    `${name}: could mean several VMs (got ${candidates.join("; ")}); allowed is one VM; name it by its vmid`,
  );
}

function findVm(
  name: string,
  entries: readonly FleetEntry[],
  guests: readonly GuestLocation[],
): NamedVm | string {
  const located = vmsAmong(guests);
  let vmid: number | undefined;
  try {
    vmid = vmidOf(name, entries, located);
  } catch (error) {
    return (error as Error).message;
  }
  const location = located.find((vm) => vm.vmid === vmid);
  if (location === undefined) {
    const container = guests.find((one) => (vmid === undefined ? one.name === name : one.vmid === vmid));
    if (container !== undefined) {
      return `${name}: is a container (got ${holderText(container.vmid, container)}); allowed is a VM, by its key in the fleet file, its vmid, or its name in Proxmox; correct it`;
    }
    return `${name}: no such VM (got ${vmid === undefined ? JSON.stringify(name) : `vmid ${vmid}`}); allowed is a key of the fleet file, a vmid, or a name in Proxmox, of a VM that the token may see (VM.Audit); correct it`;
  }
  const entry = entries.find(({ spec }) => spec.vmid === location.vmid);
  const label = `${entry?.key ?? location.name ?? "VM"} (${location.vmid})`;
  return { location, label, ...(entry !== undefined && { entry }) };
}
