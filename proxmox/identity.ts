import { partIn } from "./config-key.ts";
import { printable } from "./printable.ts";
import { present, type VmSnapshot } from "./snapshot.ts";

/** Who a VM is, whatever number it has; what its configuration does not tell is absent. */
export interface VmIdentity {
  /** Of `smbios1`, in small letters. Clones get one of their own; a restored backup keeps it. */
  readonly uuid?: string;
  /** Of `meta`: seconds since 1970 at which the VM was made. */
  readonly ctime?: string;
}

/** The identity that a VM's current configuration tells; a generation id is none, since each rollback makes another. */
export function identityOf(snapshot: Pick<VmSnapshot, "current">): VmIdentity {
  const uuid = partIn("smbios1", "uuid", present(snapshot, "smbios1"))?.toLowerCase();
  const ctime = /(?:^|,)ctime=(\d+)/.exec(present(snapshot, "meta") ?? "")?.[1];
  return { ...(uuid !== undefined && { uuid }), ...(ctime !== undefined && { ctime }) };
}

/** Whether two identities are certainly not of one VM: by uuid, and by the time of creation where one of them has none. */
export function isAnother(known: VmIdentity | undefined, found: VmIdentity): boolean {
  if (known === undefined) return false;
  if (known.uuid !== undefined && found.uuid !== undefined) return known.uuid !== found.uuid;
  return known.ctime !== undefined && found.ctime !== undefined && known.ctime !== found.ctime;
}

/** An identity in words, such as `uuid 1b70...`. */
export function identityText({ uuid, ctime }: VmIdentity): string {
  if (uuid !== undefined) return `uuid ${printable(uuid)}`;
  return ctime === undefined ? "no uuid" : `no uuid, made at ${printable(ctime)}`;
}
