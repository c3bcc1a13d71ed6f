import { busOf } from "../../proxmox/drive-slots.ts";
import { isUnknown } from "../judged-vm.ts";
import { isOn, judgeDrives, undeclared, unknown, violation } from "../judgements.ts";
import type { VmRule } from "../rule.ts";

/** Proxmox ignores the flag without a word under any other controller. */
export const iothreadNeedsVirtioScsiSingle: VmRule = {
  scope: "vm",
  id: "iothread-needs-virtio-scsi-single",
  description: "Checks whether a scsi drive with an I/O thread is under virtio-scsi-single.",
  defaultLevel: "mandatory",
  remediation: "Declare `controller: virtio-scsi-single`, or take `iothread` from the drive.",
  judge(vm) {
    return judgeDrives(vm, ["iothread"], ({ slot, keys: { iothread } }) => {
      if (busOf(slot) !== "scsi" || !isOn(iothread)) return [];
      if (isUnknown(vm, "config.scsihw")) return [unknown(`${vm.name}: scsihw`, slot)];
      const { scsihw } = vm.config;
      if (scsihw === undefined && !vm.complete) return [undeclared(`${vm.name}: scsihw`, slot)];
      return scsihw === "virtio-scsi-single"
        ? []
        : [
            violation(
              `scsihw of ${vm.name} must be virtio-scsi-single for the iothread of ${slot}`,
              scsihw ?? "nothing, which is lsi in Proxmox",
              slot,
            ),
          ];
    });
  },
};

/** Without one, disk emulation shares QEMU's main loop with timers and its monitor. */
export const driveHasIothread: VmRule = {
  scope: "vm",
  id: "drive-has-iothread",
  description: "Checks whether every scsi and virtio drive has an I/O thread of its own.",
  defaultLevel: "mandatory",
  remediation: "Declare `iothread: true` on the drive and stop and start the VM.",
  judge(vm) {
    return judgeDrives(vm, ["iothread"], ({ slot, keys: { iothread } }) => {
      const bus = busOf(slot);
      if ((bus !== "scsi" && bus !== "virtio") || isOn(iothread)) return [];
      return [violation(`iothread of ${vm.name} ${slot} must be on`, iothread ?? "nothing", slot)];
    });
  },
};

/** What an absent aio means depends on the storage and on the version of Proxmox. */
export const aioIsExplicit: VmRule = {
  scope: "vm",
  id: "aio-is-explicit",
  description: "Checks whether every data drive says its aio, and native only with an unbuffered cache.",
  defaultLevel: "mandatory",
  remediation: "Declare `aio` on the drive; with `native`, `cache` none or directsync.",
  judge(vm) {
    return judgeDrives(vm, ["aio", "cache"], ({ slot, keys: { aio, cache = "none" } }) => {
      if (aio === undefined) {
        return [violation(`aio of ${vm.name} ${slot} must be declared`, "nothing", slot)];
      }
      return aio === "native" && cache !== "none" && cache !== "directsync"
        ? [violation(`cache of ${vm.name} ${slot} must be none or directsync beside aio native`, cache, slot)]
        : [];
    });
  },
};
