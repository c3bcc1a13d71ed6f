import { isUnknown } from "../judged-vm.ts";
import { hasScsiDrive, undeclared, unknown, violation } from "../judgements.ts";
import type { VmRule } from "../rule.ts";

const emulated: readonly string[] = ["lsi", "lsi53c810"];
const legacy: readonly string[] = ["megasas", "pvscsi"];

/** The incident's VM: an absent `scsihw` is the emulated LSI controller. */
export const noLsiController: VmRule = {
  scope: "vm",
  id: "no-lsi-controller",
  description: "Checks whether a VM has another SCSI controller than the emulated LSI one.",
  defaultLevel: "mandatory",
  remediation:
    "Declare `controller: virtio-scsi-single` and stop and start the VM; absent means lsi in Proxmox.",
  judge(vm) {
    if (vm.options.configuredElsewhere) return [];
    if (isUnknown(vm, "config.scsihw")) return [unknown(`${vm.name}: scsihw`)];
    const { scsihw } = vm.config;
    const must = `scsihw of ${vm.name} must be a virtio controller`;
    if (scsihw !== undefined) return emulated.includes(scsihw) ? [violation(must, scsihw)] : [];
    if (!hasScsiDrive(vm)) return isUnknown(vm, "drives") ? [unknown(`${vm.name}: drives`)] : [];
    return vm.complete
      ? [violation(must, "nothing, which is lsi in Proxmox")]
      : [undeclared(`${vm.name}: scsihw`)];
  },
};

/** Other controllers that QEMU emulates. */
export const scsiControllerIsVirtio: VmRule = {
  scope: "vm",
  id: "scsi-controller-is-virtio",
  description: "Checks whether a VM has no megasas or pvscsi controller.",
  defaultLevel: "advisory",
  remediation: "Declare `controller: virtio-scsi-single`, once the guest has the virtio SCSI driver.",
  judge(vm) {
    if (vm.options.configuredElsewhere) return [];
    if (isUnknown(vm, "config.scsihw")) return [unknown(`${vm.name}: scsihw`)];
    const { scsihw = "" } = vm.config;
    return legacy.includes(scsihw)
      ? [violation(`scsihw of ${vm.name} must be a virtio controller`, scsihw)]
      : [];
  },
};
