import type { DeclaredVm } from "../../proxmox/declared.ts";
import { slotRanges } from "../spec/slots.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { proxmoxDrive, proxmoxNic } from "./proxmox-drives.ts";
import { proxmoxOptions } from "./proxmox-options.ts";
import { mapValues } from "./records.ts";

/** What a VM's entry owns, in Proxmox's language: exactly the keys that it writes, no defaults. */
export function declaredVm(vm: VmSpec): DeclaredVm {
  return {
    vmid: vm.vmid,
    ...(vm.node !== undefined && { node: vm.node }),
    options: proxmoxOptions(vm),
    drives: mapValues(vm.drives, proxmoxDrive),
    nics: mapValues(vm.nics, proxmoxNic),
    foreignSlots: slotRanges(vm.foreignSlots ?? []),
  };
}
