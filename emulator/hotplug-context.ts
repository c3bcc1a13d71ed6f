import type { Caller } from "./auth.ts";
import { bootDisks } from "./boot-order.ts";
import { busOf } from "./drive-schema.ts";
import type { Estate } from "./estate.ts";
import type { RunningQemu } from "./qemu.ts";
import type { Vm } from "./vm.ts";

/** Thrown for "cannot be done live": the change stays pending, and that is no error. */
export class Skip extends Error {}

/** A running VM and what its `hotplug` option allows. */
export interface Running {
  readonly estate: Estate;
  readonly caller: Caller;
  readonly vm: Vm;
  readonly qemu: RunningQemu;
  readonly features: ReadonlySet<string>;
}

export function hotplugFeatures(value: string | undefined): ReadonlySet<string> {
  if (value === "0") return new Set();
  return new Set(value === undefined || value === "1" ? ["network", "disk", "usb"] : value.split(/[,;\s]+/));
}

/** Stops the attempt unless the feature may be changed on a running VM. */
export function needFeature({ features }: Running, feature: string): void {
  if (!features.has(feature)) throw new Skip();
}

/** Sends QEMU a command. @throws Error when it does not take it */
export function qmp({ estate, vm }: Running, command: string): void {
  estate.monitors.command(vm, command);
}

/** Takes a device out of QEMU. @throws Error when it is a boot disk, its bus cannot, or the guest holds on to it */
export function unplug(running: Running, device: string): void {
  const { vm, qemu } = running;
  if (qemu.nets.has(device)) {
    qmp(running, "device_del");
    qemu.nets.delete(device);
    return;
  }
  if (!qemu.drives.has(device)) return;
  if (bootDisks(vm.current).includes(device)) throw new Error(`can't unplug bootdisk '${device}'`);
  const bus = busOf(device);
  if (bus !== "scsi" && bus !== "virtio") throw new Error(`can't unplug device '${device}'`);
  if (vm.stalls.some((stall) => stall.slot === device && stall.to === undefined)) {
    throw new Error(`error on hot-unplugging device '${device}' - still busy in guest?`);
  }
  qmp(running, "device_del");
  qemu.drives.delete(device);
}
