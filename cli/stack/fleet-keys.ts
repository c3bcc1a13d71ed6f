import { declaredEntry } from "../../components/translation/declared-vm.ts";
import type { DeclaredVm } from "../../proxmox/declared.ts";
import { ownedKeys } from "../../proxmox/owned.ts";
import type { FleetEntry } from "./fleet-file.ts";

/**
 * Which key of the fleet file declares what: by Proxmox's path, such as `options.scsihw`, the key below the
 * fleet, such as `vms.devvm.controller`. Found by leaving each key out in turn, so that it can never disagree
 * with the translation. Defaults of created VMs have none.
 */
export function fleetKeys({ key, spec }: Pick<FleetEntry, "key" | "spec">): ReadonlyMap<string, string> {
  const all = ownedValues(declaredEntry(key, spec, undefined));
  const keys = new Map<string, string>();
  for (const path of leafPaths(spec)) {
    const without = ownedValues(declaredEntry(key, leftOut(spec, path) as typeof spec, undefined));
    for (const [owned, value] of all) {
      if (without.get(owned) !== value && !keys.has(owned)) keys.set(owned, ["vms", key, ...path].join("."));
    }
  }
  return keys;
}

function ownedValues(declared: DeclaredVm): Map<string, string> {
  return new Map(ownedKeys(declared).flatMap(({ leaves }) => leaves.map(({ path, to }) => [path, to])));
}

/** Keys without which an entry cannot be translated declare nothing of the config themselves. */
function leafPaths(value: unknown, path: readonly string[] = []): string[][] {
  if (path[0] === "vmid" || path[0] === "create") return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[...path]];
  return Object.entries(value).flatMap(([key, inner]) => leafPaths(inner, [...path, key]));
}

function leftOut(value: unknown, [first = "", ...rest]: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    if (key !== first) return [[key, inner]];
    return rest.length === 0 ? [] : [[key, leftOut(inner, rest)]];
  });
  return Object.fromEntries(entries);
}
