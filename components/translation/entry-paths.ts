import { z } from "zod";
import { ownedKeys } from "../../proxmox/owned.ts";
import { schemaAt } from "../rules/schema-walk.ts";
import { type VmSpec, vmSpec } from "../spec/vm-spec.ts";
import { ownedSections } from "./owned-sections.ts";

/** An entry that holds one value only. */
export function entryWith(path: readonly string[], value: unknown): VmSpec {
  // Its value may be of any type; the translation only renames and rearranges.
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as VmSpec;
}

/**
 * Paths in Proxmox's language of a key of an entry, such as `nics.net0.vlan`, or of every key below it. What a key
 * owns is found by translating an entry that has this key alone, so that there is no second table.
 *
 * @returns nothing for what is no key of an entry, or owns nothing of a VM's configuration
 */
export function ownedPaths(entryPath: string): string[] {
  return keysBelow(entryPath.split(".")).flatMap((path) => {
    const schema = schemaAt(vmSpec, path);
    const value = schema instanceof z.ZodArray ? ["x"] : "x";
    const declared = { vmid: 0, foreignSlots: [], ...ownedSections(entryWith(path, value)) };
    return ownedKeys(declared).flatMap(({ leaves, size, datastore }) =>
      [...leaves, size, datastore].flatMap((leaf) => (leaf === undefined || leaf.implied ? [] : [leaf.path])),
    );
  });
}

/** The keys with a value at a path or below it; those below a mapping by slot must be named. */
function keysBelow(path: readonly string[]): string[][] {
  const schema = schemaAt(vmSpec, path);
  if (schema === undefined || schema instanceof z.ZodRecord) return [];
  if (!(schema instanceof z.ZodObject)) return [[...path]];
  return Object.keys(schema.shape).flatMap((key) => keysBelow([...path, key]));
}
