import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import type { GuestLocation, VmApi, VmLocation } from "../../proxmox/api/vm-api.ts";
import type { LiveVm, VmReader } from "../../proxmox/api/vm-reader.ts";
import { PropertyStringError } from "../../proxmox/property-string.ts";

/** Something that should have been looked at and could not be read. */
export interface Unread {
  readonly vmid?: number;
  readonly name?: string;
  readonly reason: string;
}

/**
 * Every VM and container of the cluster that the token may see, by vmid.
 *
 * @throws {Error} when it may see no VM: who could not look has found nothing
 */
export async function visibleGuests(api: Pick<VmApi, "guests">, endpoint: string): Promise<GuestLocation[]> {
  const guests = await api.guests();
  if (guests.every(({ kind }) => kind !== "vm")) throw noVisibleVm(endpoint);
  return guests.toSorted((one, other) => one.vmid - other.vmid);
}

/** The VMs among them. */
export async function visibleVms(api: Pick<VmApi, "guests">, endpoint: string): Promise<VmLocation[]> {
  return vmsAmong(await visibleGuests(api, endpoint));
}

/** Those that are VMs. */
export function vmsAmong(guests: readonly GuestLocation[]): VmLocation[] {
  return guests.flatMap(({ kind, ...location }) => (kind === "vm" ? [location] : []));
}

/** What to say where the token is shown no VM; `where` is what was asked. */
export function noVisibleVm(where: string): Error {
  return new Error(
    `${where}: the token sees no VM (got none); allowed is a token whose user has VM.Audit on the VMs, and the token itself when its privileges are separated; give it a role with VM.Audit (pveum acl modify), then run again`,
  );
}

/** Whether an error is about the VM that was asked for, and not about Proxmox, the connection or the token. */
export function isOfOneVm(error: unknown): error is ProxmoxError | PropertyStringError {
  if (error instanceof PropertyStringError) return true;
  return error instanceof ProxmoxError && error.status !== 0 && error.status !== 401;
}

/**
 * Does something with one VM; undefined when it was destroyed since it was listed. What is wrong with this VM
 * alone is told, so that the others can be looked at.
 *
 * @throws {ProxmoxError} when Proxmox itself does not answer, or knows the token no more
 */
export async function readListed<T>(
  reader: VmReader,
  { vmid, node, name }: VmLocation,
  use: (live: LiveVm) => T,
  believedStopped = false,
): Promise<T | Unread | undefined> {
  try {
    const live = await reader.read(vmid, node, believedStopped);
    return live && use(live);
  } catch (error) {
    if (!isOfOneVm(error)) throw error;
    return { vmid, ...(name !== undefined && { name }), reason: error.message };
  }
}
