import { fractionalCapOf } from "../proxmox/fractional-cap.ts";
import type { VmSnapshot } from "../proxmox/snapshot.ts";

/** Why the official provider cannot read a VM, as far as the VM's config tells; undefined when nothing does. */
export function officialReadProblem(snapshot: VmSnapshot): string | undefined {
  const cap = fractionalCapOf(snapshot);
  if (cap === undefined) return undefined;
  return `the official provider, which created this VM, cannot read it any more and fails every --refresh (got ${cap}); allowed are whole numbers; run the same command without --refresh: the configuration is read, previewed and applied all the same`;
}
