import type { DeclaredVm } from "../../proxmox/declared.ts";
import { slotRanges } from "../spec/slots.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { isCreated, withCreationDefaults } from "./creation-defaults.ts";
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

/**
 * What the program owns of a VM of the fleet file: as {@link declaredVm} says, with the defaults of a VM that it
 * creates and the fleet's node.
 *
 * @param key the entry's key in the fleet file
 * @param node the fleet's node
 */
export function declaredEntry(key: string, vm: VmSpec, node: string | undefined): DeclaredVm {
  const placed = withNode(vm, node);
  return declaredVm(isCreated(placed) ? withCreationDefaults(key, placed) : placed);
}

/** The VM's entry with the fleet's node where it names none. */
export function withNode(vm: VmSpec, node: string | undefined): VmSpec {
  return node === undefined ? vm : { node, ...vm };
}
