import { z } from "zod";
import { type FleetSpec, fleetSpec } from "../fleet-spec.ts";
import { vmSpec } from "../spec/vm-spec.ts";
import { forensicsRules } from "./forensics-rules.ts";
import { formerKeyRules } from "./former-key-rules.ts";
import { isWithin, type Mistake } from "./mistake.ts";
import { schemaMistakes } from "./schema-mistakes.ts";
import { valueAt, without } from "./schema-walk.ts";
import { secretMistake, secretPaths } from "./secret-mistakes.ts";
import { type VmDraft, vmRules } from "./vm-rules.ts";

const draftSpec = fleetSpec.extend({
  vms: z.record(fleetSpec.shape.vms.keyType, vmSpec.partial({ vmid: true })),
});

type FleetDraft = Omit<FleetSpec, "vms"> & { readonly vms: Readonly<Record<string, VmDraft>> };

/** A fleet, or every mistake in it at once. */
export type FleetResult =
  | { readonly ok: true; readonly fleet: FleetSpec }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Checks a fleet as it stands in the stack file: its shape and the rules between its keys. */
export function checkFleet(value: unknown): FleetResult {
  const secrets = secretPaths(value);
  if (secrets.length > 0) return { ok: false, mistakes: secrets.map(secretMistake) };
  const shape = schemaMistakes(fleetSpec, value);
  const draft = sound(value);
  const rules =
    draft === undefined ? [] : fleetRules(draft, (path) => shape.some((one) => isWithin(one.path, path)));
  const mistakes = [...shape, ...rules.filter((rule) => !shape.some((one) => explains(one, rule)))];
  return mistakes.length === 0 ? { ok: true, fleet: fleetSpec.parse(value) } : { ok: false, mistakes };
}

/** Whether a mistake in the shape is why a rule is broken: what the schema refuses is absent for the rules. */
function explains(shape: Mistake, rule: Mistake): boolean {
  return isWithin(rule.path, shape.path) || (rule.got === undefined && isWithin(shape.path, rule.path));
}

/** The value without all that the schema refuses, so that rules see the rest; undefined when nothing is left. */
function sound(value: unknown): FleetDraft | undefined {
  let rest = value;
  for (;;) {
    const result = draftSpec.safeParse(rest);
    if (result.success) return result.data;
    const first = schemaMistakes(draftSpec, rest)[0];
    if (first === undefined || first.path.length === 0) return undefined;
    const isMissing = valueAt(rest, first.path) === undefined;
    rest = without(rest, isMissing ? first.path.slice(0, -1) : first.path);
  }
}

function fleetRules(fleet: FleetDraft, isWrong: (path: readonly PropertyKey[]) => boolean): Mistake[] {
  return [
    ...sharedIds(fleet),
    ...borrowedNames(fleet),
    ...formerKeyRules(fleet.vms),
    ...forensicsRules(fleet),
    ...Object.entries(fleet.vms).flatMap(([key, vm]) =>
      vmRules(vm, { key, node: fleet.node, isWrong: (path) => isWrong(["vms", key, ...path]) }).map(
        (one) => ({
          ...one,
          path: ["vms", key, ...one.path],
        }),
      ),
    ),
  ];
}

/** A key that is the declared name of another VM: which one a command is about would be a matter of luck. */
function borrowedNames(fleet: FleetDraft): Mistake[] {
  return Object.entries(fleet.vms).flatMap(([key, { name }]) => {
    if (name === undefined || name === key || !Object.hasOwn(fleet.vms, name)) return [];
    return [
      {
        path: ["vms", key, "name"],
        wrong: "is the key of another VM",
        got: name,
        allowed: "a name that is its own entry's key, or no entry's",
        fix: `rename one of the two entries (formerKeys keeps its state), or correct the name`,
      },
    ];
  });
}

function sharedIds(fleet: FleetDraft): Mistake[] {
  const firstKey = new Map<number, string>();
  return Object.entries(fleet.vms).flatMap(([key, { vmid }]) => {
    if (vmid === undefined) return [];
    const first = firstKey.get(vmid);
    if (first === undefined) {
      firstKey.set(vmid, key);
      return [];
    }
    return [
      {
        path: ["vms", key, "vmid"],
        wrong: `is the id of ${first} as well`,
        got: vmid,
        allowed: "one entry per VM",
        fix: "correct one of the two ids, or merge the entries",
      },
    ];
  });
}
