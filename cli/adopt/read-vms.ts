import type { VmToAdopt } from "../../components/adoption/adopted-entry.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi, type VmLocation } from "../../proxmox/api/vm-api.ts";
import { VmReader } from "../../proxmox/api/vm-reader.ts";
import { upcoming } from "../../proxmox/snapshot.ts";
import { visibleVms } from "../cluster/read-vm.ts";
import { mapBounded } from "../map-bounded.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { namedVms } from "../stack/named-vm.ts";

/** VMs read at once, with two requests each. */
const atOnce = 4;

/** A VM as it was read. */
export interface ReadVm extends VmToAdopt {
  /** Its name in Proxmox, as it becomes. */
  readonly name?: string;
  readonly status: "running" | "stopped";
}

/** What there is to adopt. */
export interface ReadVms {
  readonly vms: readonly ReadVm[];
  /** Templates that nobody named. */
  readonly templates: readonly VmLocation[];
}

/**
 * Reads VMs with GET requests alone: those that were named, or every VM that no entry declares.
 *
 * @param names none for all
 * @throws {Error} when one of them is not there, is declared, cannot be read, or moves meanwhile
 */
export async function readVms(
  client: ProxmoxClient,
  names: readonly string[],
  entries: readonly FleetEntry[],
  progress: (text: string) => void,
): Promise<ReadVms> {
  const api = new VmApi(client);
  const { chosen, templates } =
    names.length > 0
      ? { chosen: await undeclaredNamed(api, names, entries), templates: [] }
      : await undeclared(api, client.endpoint, entries);
  if (chosen.length > 0) progress(`reads ${chosen.length} VMs from ${client.endpoint}`);
  const reader = new VmReader(api);
  return { vms: await mapBounded(chosen, atOnce, (vm) => readVm(reader, vm)), templates };
}

async function undeclaredNamed(
  api: VmApi,
  names: readonly string[],
  entries: readonly FleetEntry[],
): Promise<VmLocation[]> {
  const named = await namedVms(names, entries, api);
  const declared = named.filter(({ entry }) => entry !== undefined);
  if (declared.length > 0) {
    throw new Error(
      `fleet adopt: declared already (got ${declared.map(({ label }) => label).join(", ")}); allowed are VMs without an entry; leave these out, or edit their entries`,
    );
  }
  return named.map(({ location }) => location);
}

async function undeclared(api: VmApi, endpoint: string, entries: readonly FleetEntry[]) {
  const located = await visibleVms(api, endpoint);
  const free = located.filter(({ vmid }) => !entries.some(({ spec }) => spec.vmid === vmid));
  return {
    chosen: free.filter(({ template }) => !template),
    templates: free.filter(({ template }) => template),
  };
}

async function readVm(reader: VmReader, { vmid, node, name, template }: VmLocation): Promise<ReadVm> {
  const live = await reader.read(vmid, node);
  const label = name === undefined ? `VM ${vmid}` : `${name} (${vmid})`;
  if (live === undefined) {
    throw new Error(
      `${label}: vanished while it was read (got no node that has it); allowed is a VM that stays; find out who removed it, then run again`,
    );
  }
  const { snapshot, status } = live;
  const lock = upcoming(snapshot, "lock");
  if (live.node !== node || lock === "migrate") {
    const where = live.node === node ? `lock ${lock} on ${node}` : `${live.node}, listed on ${node}`;
    throw new Error(
      `${label}: is being migrated (got ${where}); allowed is a VM that stays where it is; wait until its migration has ended, then run again`,
    );
  }
  const called = upcoming(snapshot, "name") ?? name;
  return { vmid, node, template, snapshot, status, ...(called !== undefined && { name: called }) };
}
