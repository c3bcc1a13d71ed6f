import type { DeclaredVm } from "./declared.ts";
import { type Drive, isCdrom, ownerOf, parseDrive } from "./drive.ts";
import { busOf, slotSet } from "./drive-slots.ts";
import { PropertyStringError } from "./property-string.ts";
import { present, upcoming, type VmSnapshot } from "./snapshot.ts";

/** Whose a drive slot is, which holds something now or from the next cold start on. */
export interface SlotHolder {
  readonly slot: string;
  /**
   * `foreign`: in a slot that somebody else owns, or on a volume that another VM owns by its name;
   * `undeclared`: the VM's own, and not declared.
   */
  readonly holder: "declared" | "foreign" | "undeclared";
  /** Why the slot's text cannot be read. */
  readonly unreadable?: string;
}

/** What of a VM's foreign slots is taken. */
export interface ForeignSlots {
  readonly declared: number;
  readonly left: number;
}

/** Every drive slot that is taken, CD-ROMs left out. */
export function slotHolders(declared: DeclaredVm, snapshot: VmSnapshot): SlotHolder[] {
  const foreign = slotSet(declared.foreignSlots);
  return takenSlots(snapshot).flatMap((slot): SlotHolder[] => {
    const { drives, unreadable } = drivesIn(slot, snapshot);
    const isDeclared = Object.hasOwn(declared.drives, slot);
    const owners = drives.map((drive) => ownerOf(drive.get("file") ?? ""));
    const isOthers = owners.some((owner) => owner !== undefined && owner !== declared.vmid);
    const holder = isDeclared ? "declared" : foreign.has(slot) || isOthers ? "foreign" : "undeclared";
    if (holder === "undeclared" && unreadable === undefined && drives.every(isCdrom)) return [];
    return [{ slot, holder, ...(unreadable !== undefined && { unreadable }) }];
  });
}

function drivesIn(slot: string, snapshot: VmSnapshot): { drives: Drive[]; unreadable?: string } {
  const texts = [present(snapshot, slot), upcoming(snapshot, slot)].filter((text) => text !== undefined);
  try {
    return { drives: texts.map((text) => parseDrive(slot, text)) };
  } catch (error) {
    if (!(error instanceof PropertyStringError)) throw error;
    return { drives: [], unreadable: error.message };
  }
}

/** How many of the declared foreign slots hold nothing; undefined when none are declared. */
export function foreignSlotsLeft(declared: DeclaredVm, snapshot: VmSnapshot): ForeignSlots | undefined {
  const foreign = slotSet(declared.foreignSlots);
  if (foreign.size === 0) return undefined;
  const taken = takenSlots(snapshot).filter((slot) => foreign.has(slot));
  return { declared: foreign.size, left: foreign.size - taken.length };
}

function takenSlots({ current, pending }: VmSnapshot): string[] {
  return Object.keys({ ...current, ...pending }).filter((key) => busOf(key) !== undefined);
}
