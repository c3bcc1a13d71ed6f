import { busOf } from "./drive-slots.ts";
import { upcomingConfig, type VmSnapshot } from "./snapshot.ts";

/** The official provider reads these caps as whole numbers and fails on any other text, `60.0` too. */
const fractionalCap = /(?:^|,)(mbps_(?:rd|wr)(?:_max)?=\d*\.\d*)(?=,|$)/;

/** The first cap that the official provider cannot read: `scsi0: mbps_rd=60.0`; undefined when there is none. */
export function fractionalCapOf(snapshot: VmSnapshot): string | undefined {
  const config = upcomingConfig(snapshot);
  for (const slot of Object.keys(config).sort()) {
    const cap = busOf(slot) !== undefined && fractionalCap.exec(config[slot] ?? "");
    if (cap) return `${slot}: ${cap[1]}`;
  }
  return undefined;
}
