import { z } from "zod";
import { neverAbsent } from "../../proxmox/check-absent.ts";
import { vmSpec } from "../spec/vm-spec.ts";
import { ownedPaths } from "../translation/entry-paths.ts";
import { isWithin, type Mistake } from "./mistake.ts";
import { schemaAt, valueAt } from "./schema-walk.ts";
import type { VmDraft } from "./vm-rules.ts";

/** Entry keys that are whole devices, with or without a slot. */
const device = /^(?:(?:drives|nics|passthrough|usb|serial)(?:\.[^.]+)?|efi|tpm|watchdog)$/;

/** Keys that an entry calls absent and that cannot be; paths start at the VM. */
export function absentRules(vm: VmDraft): Mistake[] {
  const paths = vm.absent ?? [];
  return paths.flatMap((path, index) => {
    const wrong = wrongWith(path) ?? wrongBeside(path, vm, paths.slice(0, index));
    if (wrong === undefined) return [];
    return [
      {
        path: ["absent", index],
        wrong,
        got: path,
        allowed:
          "keys of this entry that the VM can do without, such as nics.net0.vlan, cpu.limit or startup",
        fix: "correct the path, or take it out of absent",
      },
    ];
  });
}

function wrongWith(path: string): string | undefined {
  if (device.test(path)) {
    return "is a whole device, which may hold data or be in use, and is not removed here";
  }
  const schema = schemaAt(vmSpec, path.split("."));
  if (schema === undefined) return "is no key of a VM's entry";
  if (namesNoSlot(schema)) return "names no slot";
  const owned = ownedPaths(path);
  if (owned.length === 0) return "is not part of what a VM's configuration says";
  const [reason] = owned.flatMap((one) => neverAbsent(one) ?? []);
  return reason === undefined ? undefined : `cannot be absent: ${reason}`;
}

/** Whether it holds keys by slot, of which it must name one. */
function namesNoSlot(schema: z.core.$ZodType): boolean {
  const below = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return schema instanceof z.ZodRecord || below.some((key) => schemaAt(schema, [key]) instanceof z.ZodRecord);
}

function wrongBeside(path: string, vm: VmDraft, before: readonly string[]): string | undefined {
  const keys = path.split(".");
  if (valueAt(vm, keys) !== undefined) return "is declared in the same entry";
  const isNamed = before.some(
    (other) => isWithin(keys, other.split(".")) || isWithin(other.split("."), keys),
  );
  return isNamed ? "is named twice" : undefined;
}
