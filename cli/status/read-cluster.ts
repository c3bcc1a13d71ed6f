import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi, type VmLocation } from "../../proxmox/api/vm-api.ts";
import { type LiveVm, VmReader } from "../../proxmox/api/vm-reader.ts";
import { readListed, type Unread, visibleGuests } from "../cluster/read-vm.ts";
import { mapBounded } from "../map-bounded.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { type Subject, subjectsOf } from "./subjects.ts";

/** What was found of one VM. */
type Found =
  | { readonly kind: "live"; readonly live: LiveVm }
  /** A template that nobody declared: it never runs and is only listed. */
  | { readonly kind: "template"; readonly location: VmLocation }
  | { readonly kind: "unread"; readonly unread: Unread }
  /** Declared, and not in the cluster. */
  | { readonly kind: "absent" };

/** A VM with what was found of it. */
export interface Observed {
  readonly subject: Subject;
  readonly found: Found;
}

/** How the cluster is read. */
export interface Reading {
  /** Keys, vmids or names; none are all. */
  readonly names: readonly string[];
  readonly entries: readonly FleetEntry[];
  /** Most VMs read at once; the client bounds the requests. */
  readonly atOnce: number;
  /** Told how many of how many VMs are read. */
  readonly progress: (read: number, of: number) => void;
}

/**
 * Reads the cluster's list of VMs in one request, then each VM in one, or two when it runs. GET requests alone.
 *
 * @throws {Error} when nothing can be read; a single VM that cannot be is `unread`
 */
export async function readCluster(
  client: ProxmoxClient,
  { names, entries, atOnce, progress }: Reading,
): Promise<Observed[]> {
  const api = new VmApi(client);
  const reader = new VmReader(api);
  const subjects = await subjectsOf(names, entries, await visibleGuests(api, client.endpoint));
  const toRead = subjects.filter(isRead).length;
  let done = 0;
  progress(done, toRead);
  const observed = await mapBounded(subjects, atOnce, async (subject) => {
    const found = await read(api, reader, subject);
    if (isRead(subject)) progress(++done, toRead);
    return { subject, found };
  });
  return observed.filter(({ subject, found }) => found.kind !== "absent" || subject.entry !== undefined);
}

function isRead({ entry, location }: Subject): boolean {
  return location !== undefined && (entry !== undefined || !location.template);
}

async function read(
  api: VmApi,
  reader: VmReader,
  { vmid, entry, location, container }: Subject,
): Promise<Found> {
  if (container !== undefined) return { kind: "absent" };
  if (location === undefined) return (await hidden(api, vmid)) ?? { kind: "absent" };
  if (location.template && entry === undefined) return { kind: "template", location };
  const result = await readListed(reader, location, (live) => live, location.status === "stopped");
  if (result === undefined) return { kind: "absent" };
  return "reason" in result ? { kind: "unread", unread: result } : { kind: "live", live: result };
}

/** A declared VM that the token is not shown, if its id is taken: not seen is not gone. */
async function hidden(api: VmApi, vmid: number): Promise<Found | undefined> {
  if (await api.isFree(vmid)) return undefined;
  const reason = `the token may not see who has the id ${vmid} (got an id that is taken, and no VM of it in the cluster's list); allowed is a VM that the token may see (VM.Audit on /vms/${vmid}); give the token and its user a role with it (pveum acl modify), or correct vmid`;
  return { kind: "unread", unread: { vmid, reason } };
}
