import type { DeclaredVm } from "./declared.ts";
import { isCdrom, ownerOf, parseDrive } from "./drive.ts";
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
    if (Object.hasOwn(declared.drives, slot)) return [{ slot, holder: "declared" }];
    if (foreign.has(slot)) return [{ slot, holder: "foreign" }];
    try {
      const drives = [present(snapshot, slot), upcoming(snapshot, slot)]
        .filter((text) => text !== undefined)
        .map((text) => parseDrive(slot, text));
      if (drives.every(isCdrom)) return [];
      const owners = drives.map((drive) => ownerOf(drive.get("file") ?? ""));
      const isForeign = owners.some((owner) => owner !== undefined && owner !== declared.vmid);
      return [{ slot, holder: isForeign ? "foreign" : "undeclared" }];
    } catch (error) {
      if (!(error instanceof PropertyStringError)) throw error;
      return [{ slot, holder: "undeclared", unreadable: error.message }];
    }
  });
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
