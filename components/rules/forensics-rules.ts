import { type SourcesOfFleet, sourceAddresses } from "../forensics/source-addresses.ts";
import type { Mistake } from "./mistake.ts";

/** Mistakes in what the listener is told of its sources; paths start at the fleet. */
export function forensicsRules(fleet: SourcesOfFleet): Mistake[] {
  if (fleet.forensics === undefined) return [];
  const { sources = {} } = fleet.forensics.listener;
  return [...strangers(Object.keys(sources), Object.keys(fleet.vms)), ...sharedAddresses(fleet)];
}

function strangers(named: readonly string[], keys: readonly string[]): Mistake[] {
  return named
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      path: ["forensics", "listener", "sources", key],
      wrong: "is no VM of this fleet",
      got: key,
      allowed: `keys of vms: ${keys.join(", ") || "there is none"}`,
      fix: "correct the key or remove it",
    }));
}

/** Two VMs behind one address would share a log, each under the other's name. */
function sharedAddresses(fleet: SourcesOfFleet): Mistake[] {
  const firstKey = new Map<string, string>();
  return sourceAddresses(fleet).flatMap(({ key, address }) => {
    const first = firstKey.get(address) ?? key;
    firstKey.set(address, first);
    if (first === key) return [];
    return [
      {
        path: ["forensics", "listener", "sources", key],
        wrong: `is the address of ${first} as well, and the listener tells VMs apart by their address`,
        got: address,
        allowed: "one address per VM",
        fix: `write under forensics.listener.sources from which address ${key} or ${first} sends`,
      },
    ];
  });
}
