import type { VmApi } from "../../proxmox/api/vm-api.ts";
import { noVisibleVm } from "../cluster/read-vm.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { type NamedVm, namedVms } from "../stack/named-vm.ts";

/**
 * The VMs to watch: those that are named, or every one of the cluster that is no template, by vmid.
 *
 * @throws {Error} with every name that is no VM; and when the token sees none at all
 */
export async function watchedVms(
  names: readonly string[],
  entries: readonly FleetEntry[],
  api: Pick<VmApi, "guests">,
): Promise<NamedVm[]> {
  const guests = (await api.guests()).filter(({ template }) => !template);
  const located = guests.filter(({ kind }) => kind === "vm");
  if (located.length === 0) throw noVisibleVm("GET /cluster/resources");
  const known = { guests: async () => guests };
  const wanted = names.length === 0 ? located.map(({ vmid }) => String(vmid)) : names;
  const vms = await namedVms(wanted, entries, known);
  return vms.toSorted((one, other) => one.location.vmid - other.location.vmid);
}
