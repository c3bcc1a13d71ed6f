import { expandSlots, slotSet } from "../../proxmox/drive-slots.ts";
import { isUnknown } from "../judged-vm.ts";
import { isOn, undeclared, unknown, violation } from "../judgements.ts";
import type { VmRule } from "../rule.ts";

const serialPorts = ["serial0", "serial1", "serial2", "serial3"];

/** A declared drive in a slot of the CSI driver's would be fought over. */
export const foreignSlotsStayFree: VmRule = {
  scope: "vm",
  id: "foreign-slots-stay-free",
  description: "Checks whether no drive is declared in a slot that somebody else owns.",
  defaultLevel: "mandatory",
  remediation: "Move the drive to a slot outside of `foreignSlots`, or correct the range.",
  judge(vm) {
    if (isUnknown(vm, "drives") || isUnknown(vm, "options.foreignSlots")) {
      return [unknown(`${vm.name}: drives or foreignSlots`)];
    }
    const { foreignSlots = [] } = vm.options;
    const foreign = slotSet(foreignSlots);
    return Object.keys(vm.drives)
      .filter((slot) => foreign.has(slot))
      .map((slot) => {
        const range = foreignSlots.find((one) => expandSlots(one)?.includes(slot));
        return violation(`drives of ${vm.name} must lie outside of its foreign slots ${range}`, slot, slot);
      });
  },
};

/** A decommissioned node came back after a power cut. */
export const noZombieOnboot: VmRule = {
  scope: "vm",
  id: "no-zombie-onboot",
  description: "Checks whether a VM that is stopped does not start with its node.",
  defaultLevel: "mandatory",
  remediation: "Declare `onboot: false`, or start the VM.",
  judge(vm) {
    if (isUnknown(vm, "options.stopped")) return [unknown(`${vm.name}: started`)];
    if (vm.options.stopped !== true) return [];
    if (isUnknown(vm, "config.onboot")) return [unknown(`${vm.name}: onboot`)];
    const { onboot } = vm.config;
    if (onboot === undefined && !vm.complete) return [undeclared(`${vm.name}: onboot`)];
    return isOn(onboot)
      ? [violation(`onboot of ${vm.name} must be off while it is stopped`, onboot ?? "")]
      : [];
  },
};

/** What a guest kernel says last is seen on a serial console only. */
export const serialConsolePresent: VmRule = {
  scope: "vm",
  id: "serial-console-present",
  description: "Checks whether a VM has a serial port for its console.",
  defaultLevel: "advisory",
  remediation:
    "Declare `serial: { serial0: socket }`, stop and start the VM, and add `console=ttyS0` in the guest.",
  judge(vm) {
    if (vm.options.configuredElsewhere) return [];
    const unsaid = serialPorts.find((port) => isUnknown(vm, `config.${port}`));
    if (unsaid !== undefined) return [unknown(`${vm.name}: ${unsaid}`)];
    if (serialPorts.some((port) => vm.config[port] !== undefined)) return [];
    return vm.complete
      ? [violation(`${vm.name} must have a serial port`, "none")]
      : [undeclared(`${vm.name}: serial0`)];
  },
};
