import type { DeclaredVm } from "../../proxmox/declared.ts";
import { slotRanges } from "../spec/slots.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { isCreated, withCreationDefaults } from "./creation-defaults.ts";
import { ownedPaths } from "./entry-paths.ts";
import { type FleetDefaults, withForensics } from "./forensics.ts";
import { ownedSections } from "./owned-sections.ts";

/** What a VM's entry owns, in Proxmox's language: exactly the keys that it writes or calls absent, no defaults. */
export function declaredVm(vm: VmSpec): DeclaredVm {
  return {
    vmid: vm.vmid,
    ...(vm.node !== undefined && { node: vm.node }),
    ...ownedSections(vm),
    ...(vm.absent !== undefined && { absent: vm.absent.flatMap(ownedPaths) }),
    foreignSlots: slotRanges(vm.foreignSlots ?? []),
  };
}

/**
 * What the program owns of a VM of the fleet file: as {@link declaredVm} says, with the defaults of a VM that it
 * creates and what the fleet says for all.
 *
 * @param key the entry's key in the fleet file
 */
export function declaredEntry(key: string, vm: VmSpec, fleet: FleetDefaults): DeclaredVm {
  const whole = withFleet(vm, fleet);
  return declaredVm(isCreated(whole) ? withCreationDefaults(key, whole) : whole);
}

/** The VM's entry with what the fleet says for all: its node where the entry names none, and its forensics. */
export function withFleet(vm: VmSpec, { node, forensics }: FleetDefaults): VmSpec {
  return withForensics(node === undefined ? vm : { node, ...vm }, forensics);
}
