import { driveSlotsAllowed, expandSlots, slotSet } from "../../proxmox/drive-slots.ts";
import { compareSlots, slotRanges } from "../spec/slots.ts";
import type { Mistake } from "./mistake.ts";

/** Mistakes in `foreignSlots`, and slots that are declared and foreign at once; paths start at the VM. */
export function foreignSlotRules(
  foreignSlots: string | readonly string[] | undefined,
  declaredSlots: readonly string[],
): Mistake[] {
  if (foreignSlots === undefined) return [];
  const ranges = slotRanges(foreignSlots);
  const foreign = slotSet(ranges);
  return [
    ...ranges.filter((range) => expandSlots(range) === undefined).map(badRange),
    ...declaredSlots.filter((slot) => foreign.has(slot)).map(declaredAndForeign),
  ];
}

function badRange(range: string): Mistake {
  return {
    path: ["foreignSlots"],
    wrong: "holds what is no range of drive slots",
    got: range,
    allowed: `slots and ranges such as scsi1-29; ${driveSlotsAllowed}`,
    fix: "correct the range",
  };
}

function declaredAndForeign(slot: string): Mistake {
  return {
    path: ["foreignSlots"],
    wrong: "holds a slot that drives declares as well",
    got: slot,
    allowed: "a slot either under drives or in foreignSlots",
    fix: `remove drives.${slot}, or take ${slot} out of foreignSlots`,
  };
}

/**
 * Gaps in numbered slots: the official provider takes these devices as a list, so that item n becomes slot n.
 *
 * @param most how many of them the official provider takes
 */
export function gapRules(key: string, slots: readonly string[], most: number): Mistake[] {
  const bus = key === "nics" ? "net" : key;
  return slots.toSorted(compareSlots).flatMap((slot, index) => {
    if (slot === `${bus}${index}` && index < most) return [];
    return [
      {
        path: [key, slot],
        wrong: "leaves a gap below it, or is one too many, for a VM that is created",
        got: slot,
        allowed: `at most ${most}, numbered from ${bus}0 without a gap`,
        fix: "renumber them",
      },
    ];
  });
}
