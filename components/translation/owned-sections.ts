import type { DeclaredVm } from "../../proxmox/declared.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { proxmoxDrive, proxmoxNic } from "./proxmox-drives.ts";
import { proxmoxOptions } from "./proxmox-options.ts";
import { mapValues } from "./records.ts";

/** What the keys of a VM's entry say is there, in Proxmox's language. */
export function ownedSections(vm: VmSpec): Pick<DeclaredVm, "options" | "drives" | "nics"> {
  return {
    options: proxmoxOptions(vm),
    drives: mapValues(vm.drives, proxmoxDrive),
    nics: mapValues(vm.nics, proxmoxNic),
  };
}
