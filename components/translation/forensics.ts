import type { FleetSpec } from "../fleet-spec.ts";
import type { VmSpec } from "../spec/vm-spec.ts";

/** What the fleet's entry says beside its VMs. */
export type FleetDefaults = Pick<FleetSpec, "node" | "forensics">;

type Forensic = Pick<VmSpec, "create" | "forensics" | "serial">;

/** Guests that cloud-init and netconsole exist for; without a word of it a created VM is `l26`. */
const linux: readonly (VmSpec["osType"] | undefined)[] = [undefined, "l26", "l24"];

/** On by default for VMs that are created; on an adopted one only when its entry says so. */
function hasForensics({ create, forensics }: Forensic): boolean {
  return forensics ?? create !== undefined;
}

/** The serial ports of a VM, with the console that its forensics want. */
export function serialPorts(vm: Forensic): VmSpec["serial"] {
  return hasForensics(vm) ? { serial0: "socket", ...vm.serial } : vm.serial;
}

/**
 * The VM's entry with what its forensics mean: a serial console, and for a VM that is created the fleet's snippet
 * as vendor data. An adopted VM gets the console only, since a guest reads vendor data at its first start.
 */
export function withForensics(vm: VmSpec, forensics: FleetDefaults["forensics"]): VmSpec {
  if (!hasForensics(vm)) return vm;
  const snippet = vm.create !== undefined && linux.includes(vm.osType) ? forensics?.snippet : undefined;
  return {
    ...vm,
    serial: serialPorts(vm),
    ...(vm.cloudInit !== undefined &&
      snippet !== undefined && { cloudInit: { vendorData: snippet, ...vm.cloudInit } }),
  };
}
