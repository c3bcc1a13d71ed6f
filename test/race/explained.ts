import { type Declaration, isShrunk } from "./declaration.ts";
import type { Raced } from "./raced-vm.ts";
import { isForeignVolume, type View } from "./view.ts";
import type { Witness } from "./witness.ts";

/** Whether an error is the right answer to what the other hands did. */
export function isExplained(
  error: string,
  declaration: Declaration,
  raced: Raced,
  witness: Witness,
  view: View,
): boolean {
  if (error.includes("changed between our read and our write 6 times in a row")) return raced.refused >= 6;
  if (error.includes("Proxmox took a change and does not keep it")) return witness.touchesDeclared;
  if (error.includes("and drives do not shrink")) return isShrunk(declaration, view);
  if (error.includes("drives.scsi5: the volume in the slot is not of VM")) {
    return "scsi5" in declaration.drives && isForeignVolume(view.config.scsi5);
  }
  return false;
}
