import { readFileSync } from "node:fs";
import { resolve } from "node:path";

/** The privileges of a role, as docs/security.md tells operators to make it. */
export function documentedRole(name: string): string[] {
  const text = readFileSync(resolve(import.meta.dirname, "../../docs/security.md"), "utf8");
  const privileges = new RegExp(`^pveum role add ${name} --privs "([^"]+)"$`, "m").exec(text)?.[1];
  if (privileges === undefined) throw new Error(`docs/security.md: no role ${name}`);
  return privileges.split(" ");
}

/** What docs/security.md gives to whom: privileges by path. */
export const documentedAcls = {
  audit: (): Record<string, string[]> => ({
    "/vms": documentedRole("FleetAudit"),
    "/storage": documentedRole("FleetAudit"),
  }),
  writer: (vmids: readonly number[]): Record<string, string[]> => ({
    ...Object.fromEntries(vmids.map((vmid) => [`/vms/${vmid}`, documentedRole("FleetWriter")])),
    "/storage/local-lvm": documentedRole("FleetStorage"),
    "/sdn/zones/localnetwork/vmbr1": documentedRole("FleetBridge"),
  }),
  creator: (vmid: number): Record<string, string[]> => ({
    [`/vms/${vmid}`]: documentedRole("FleetCreator"),
    "/storage/local-lvm": documentedRole("FleetStorage"),
    "/sdn/zones/localnetwork/vmbr1": documentedRole("FleetBridge"),
  }),
};

/** The same without one privilege anywhere. */
export function without(acl: Record<string, string[]>, privilege: string): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(acl).map(([path, given]) => [path, given.filter((one) => one !== privilege)]),
  );
}
