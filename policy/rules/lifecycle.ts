import { isUnknown } from "../judged-vm.ts";
import { unknown, violation } from "../judgements.ts";
import type { VmRule } from "../rule.ts";

/** Any update by the official provider detaches the disks and nics that it does not know. */
export const officialVmOnlyCreates: VmRule = {
  scope: "vm",
  id: "official-vm-only-creates",
  description: "Checks whether a VmLegacy is left alone after its creation.",
  defaultLevel: "mandatory",
  remediation:
    "List every property of the VmLegacy by name in `ignoreChanges`, and let a VmConfig own the configuration.",
  judge({ name, source, options: { inputs = [], ignoreChanges = [] } }) {
    if (source !== "VmLegacy") return [];
    const diffed = inputs.filter((input) => !ignoreChanges.includes(input));
    if (diffed.length === 0) return [];
    return [
      violation(`ignoreChanges of ${name} must name every property that it sets`, `no ${diffed.join(", ")}`),
    ];
  },
};

/** The official provider restarts by default, whatever runs in the VM. */
export const noAutomaticReboot: VmRule = {
  scope: "vm",
  id: "no-automatic-reboot",
  description: "Checks whether no update restarts a VM.",
  defaultLevel: "mandatory",
  remediation: "Set `rebootAfterUpdate: false` on the VmLegacy.",
  judge(vm) {
    if (vm.source !== "VmLegacy") return [];
    if (isUnknown(vm, "options.rebootAfterUpdate")) return [unknown(`${vm.name}: rebootAfterUpdate`)];
    const { rebootAfterUpdate } = vm.options;
    return rebootAfterUpdate === false
      ? []
      : [
          violation(
            `rebootAfterUpdate of ${vm.name} must be false`,
            String(rebootAfterUpdate ?? "nothing, which is true"),
          ),
        ];
  },
};

/** Destroying takes disks with it, even those that are only numbered like the VM. */
export const vmIsProtected: VmRule = {
  scope: "vm",
  id: "vm-is-protected",
  description: "Checks whether a VM is protected, and its removal takes no disks that it does not reference.",
  defaultLevel: "mandatory",
  remediation: "Set the resource option `protect: true` and `deleteUnreferencedDisksOnDestroy: false`.",
  judge(vm) {
    const { name, options } = vm;
    if (vm.source === "VmConfig" || vm.source === "live") return [];
    const protect = options.protect
      ? []
      : [violation(`protect of ${name} must be true`, String(options.protect ?? "nothing"))];
    if (isUnknown(vm, "options.deleteUnreferencedDisksOnDestroy")) {
      return [...protect, unknown(`${name}: deleteUnreferencedDisksOnDestroy`)];
    }
    const removes = options.deleteUnreferencedDisksOnDestroy;
    return removes === false
      ? protect
      : [
          ...protect,
          violation(
            `deleteUnreferencedDisksOnDestroy of ${name} must be false`,
            String(removes ?? "nothing, which is true"),
          ),
        ];
  },
};
