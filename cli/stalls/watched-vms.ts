import type { VmApi } from "../../proxmox/api/vm-api.ts";
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
  api: Pick<VmApi, "list">,
): Promise<NamedVm[]> {
  const located = (await api.list()).filter(({ template }) => !template);
  if (located.length === 0) {
    throw new Error(
      "GET /cluster/resources: the token sees no VM (got none); allowed is a token whose user has VM.Audit on the VMs, and the token itself when its privileges are separated; give it a role with VM.Audit (pveum acl modify), then run again",
    );
  }
  const known = { list: async () => located };
  const wanted = names.length === 0 ? located.map(({ vmid }) => String(vmid)) : names;
  const vms = await namedVms(wanted, entries, known);
  return vms.toSorted((one, other) => one.location.vmid - other.location.vmid);
}
