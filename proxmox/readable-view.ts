import { type OwnedKey, viewOf } from "./owned.ts";
import { type Properties, PropertyStringError } from "./property-string.ts";

/** The keys in a text of an owned key; undefined when there is none, or when Proxmox could not read it either. */
export function readableView(owned: OwnedKey, text: string | undefined): Properties | undefined {
  try {
    return viewOf(owned, text);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}
