import type { VmSnapshot } from "../proxmox/snapshot.ts";
import { upcoming } from "../proxmox/snapshot.ts";

/** The official provider reads these caps as whole numbers and fails on any other text, `60.0` too. */
const fractionalCap = /(?:^|,)(mbps_(?:rd|wr)(?:_max)?=\d*\.\d*)(?=,|$)/;

/** Why the official provider cannot read a VM, as far as the VM's config tells; undefined when nothing does. */
export function officialReadProblem(snapshot: VmSnapshot): string | undefined {
  const keys = new Set([...Object.keys(snapshot.current), ...Object.keys(snapshot.pending)]);
  for (const key of [...keys].sort()) {
    const cap =
      /^(?:ide|sata|scsi|virtio)\d+$/.test(key) && fractionalCap.exec(upcoming(snapshot, key) ?? "");
    if (!cap) continue;
    return `the official provider, which created this VM, cannot read it any more and fails every --refresh (got ${key}: ${cap[1]}); allowed are whole numbers; run the same command without --refresh: the configuration is read, previewed and applied all the same`;
  }
  return undefined;
}
