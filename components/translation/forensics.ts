import type { FleetSpec } from "../fleet-spec.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { isCreated } from "./creation-defaults.ts";

/** What the fleet's entry says beside its VMs. */
export type FleetDefaults = Pick<FleetSpec, "node" | "forensics">;

/** Guests that cloud-init and netconsole exist for; without a word of it a created VM is `l26`. */
const linux: readonly (VmSpec["osType"] | undefined)[] = [undefined, "l26", "l24"];

/**
 * The VM's entry with what its forensics mean: a serial console, and for a VM that is created the fleet's snippet
 * as vendor data. On by default for VMs that are created; on an adopted one only when its entry says so, and the
 * serial console only, since a guest reads vendor data at its first start.
 */
export function withForensics(vm: VmSpec, forensics: FleetDefaults["forensics"]): VmSpec {
  if (!(vm.forensics ?? isCreated(vm))) return vm;
  const snippet = isCreated(vm) && linux.includes(vm.osType) ? forensics?.snippet : undefined;
  return {
    ...vm,
    serial: { serial0: "socket", ...vm.serial },
    ...(vm.cloudInit !== undefined &&
      snippet !== undefined && { cloudInit: { vendorData: snippet, ...vm.cloudInit } }),
  };
}
