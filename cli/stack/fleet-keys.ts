import { declaredEntry } from "../../components/translation/declared-vm.ts";
import type { DeclaredVm } from "../../proxmox/declared.ts";
import { ownedKeys } from "../../proxmox/owned.ts";
import { absent } from "../../proxmox/report.ts";
import type { FleetEntry } from "./fleet-file.ts";

/** A key of the fleet file, below the fleet, with the value it has there as text. */
export interface FleetKey {
  readonly key: string;
  readonly value: string;
}

/**
 * Which key of the fleet file declares what: by Proxmox's path, such as `options.scsihw`, the key below the
 * fleet, such as `vms.devvm.controller`. Found by leaving each key out in turn, so that it can never disagree
 * with the translation. Defaults of created VMs have none.
 */
export function fleetKeys({ key, spec }: Pick<FleetEntry, "key" | "spec">): ReadonlyMap<string, FleetKey> {
  const all = ownedValues(declaredEntry(key, spec, {}));
  const keys = new Map<string, FleetKey>();
  for (const [path, value] of leaves(spec)) {
    const without = ownedValues(declaredEntry(key, leftOut(spec, path) as typeof spec, {}));
    for (const [owned, text] of all) {
      if (without.get(owned) === text || keys.has(owned)) continue;
      keys.set(owned, { key: ["vms", key, ...path].join("."), value });
    }
  }
  return keys;
}

function ownedValues(declared: DeclaredVm): Map<string, string> {
  return new Map(
    ownedKeys(declared).flatMap(({ leaves }) => leaves.map(({ path, to = absent }) => [path, to])),
  );
}

/** Keys without which an entry cannot be translated declare nothing of the config themselves. */
function leaves(value: unknown, path: readonly string[] = []): [path: readonly string[], value: string][] {
  if (path[0] === "vmid" || path[0] === "create") return [];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [[path, typeof value === "string" ? value : JSON.stringify(value)]];
  }
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function leftOut(value: unknown, [first = "", ...rest]: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    if (key !== first) return [[key, inner]];
    return rest.length === 0 ? [] : [[key, leftOut(inner, rest)]];
  });
  return Object.fromEntries(entries);
}
