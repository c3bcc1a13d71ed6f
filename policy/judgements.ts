import { busOf } from "../proxmox/drive-slots.ts";
import { parseBoolean } from "../proxmox/meaning.ts";
import { isUnknown, type JudgedVm } from "./judged-vm.ts";
import type { Judgement } from "./rule.ts";

/** One drive of a VM under judgement. */
export interface JudgedDrive {
  readonly slot: string;
  readonly keys: Readonly<Record<string, string>>;
}

/** A violation: "X must ...", and the value. */
export function violation(must: string, got: string, slot?: string): Judgement {
  return { kind: "violation", message: `${must} (got ${got})`, ...(slot !== undefined && { slot }) };
}

/** Not known in this preview; the apply judges. */
export function unknown(what: string, slot?: string): Judgement {
  return {
    kind: "unknown",
    message: `${what} is not known in this preview; the apply judges it`,
    ...(slot !== undefined && { slot }),
  };
}

/** Not declared of a VM that exists; the audit of the live VM judges. */
export function undeclared(what: string, slot?: string): Judgement {
  return {
    kind: "undeclared",
    message: `${what} is not declared; fleet audit --policy judges it on the node`,
    ...(slot !== undefined && { slot }),
  };
}

/**
 * What a rule says of every data drive that is known; and that it could not judge those that are not.
 *
 * @param needs keys without whose values the rule cannot judge a drive
 */
export function judgeDrives(
  vm: JudgedVm,
  needs: readonly string[],
  judge: (drive: JudgedDrive) => readonly Judgement[],
): Judgement[] {
  if (vm.options.configuredElsewhere) return [];
  if (isUnknown(vm, "drives")) return [unknown(`${vm.name}: drives`)];
  return Object.entries(vm.drives).flatMap(([slot, keys]) => {
    const missing = needs.find((key) => isUnknown(vm, `drives.${slot}.${key}`));
    if (missing !== undefined) return [unknown(`${vm.name}: ${missing} of ${slot}`, slot)];
    return [...judge({ slot, keys })];
  });
}

/** Whether a Proxmox flag is on. */
export function isOn(text: string | undefined): boolean {
  return text !== undefined && parseBoolean(text) === true;
}

/** Whether the VM has a scsi drive, its own or somebody else's. */
export function hasScsiDrive({ drives, options: { foreignSlots = [] } }: JudgedVm): boolean {
  return [...Object.keys(drives), ...foreignSlots].some((slot) => busOf(slot) === "scsi");
}
