import type { Caller } from "./auth.ts";
import { bootDisks } from "./boot-order.ts";
import { isInstantKey } from "./config-schema.ts";
import { BLOCKING_KEYS, busOf, isDriveKey } from "./drive-schema.ts";
import {
  type Drive,
  isCdrom,
  isCloudInit,
  parseDrive,
  readDrive,
  throttleDiffers,
  throttleOf,
} from "./drive-string.ts";
import { destroyDrive, releaseDrive } from "./drive-write.ts";
import { errorText } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { parseNet } from "./net-string.ts";
import { PROPERTY_OPTIONS } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";
import { plugDrive, type RunningQemu } from "./qemu.ts";
import type { Vm } from "./vm.ts";

/** Thrown for "cannot be done live": the change stays pending, and that is no error. */
class Skip extends Error {}

interface Running {
  readonly estate: Estate;
  readonly caller: Caller;
  readonly vm: Vm;
  readonly qemu: RunningQemu;
  readonly features: ReadonlySet<string>;
}

function hotplugFeatures(value: string | undefined): ReadonlySet<string> {
  if (value === "0") return new Set();
  return new Set(value === undefined || value === "1" ? ["network", "disk", "usb"] : value.split(/[,;\s]+/));
}

function unplug({ vm, qemu }: Running, device: string): void {
  const present = qemu.drives.has(device) || (device.startsWith("net") && qemu.startedWith.has(device));
  if (!present) return;
  if (bootDisks(vm.current).includes(device)) throw new Error(`can't unplug bootdisk '${device}'`);
  const bus = busOf(device);
  if (bus !== undefined && bus !== "scsi" && bus !== "virtio")
    throw new Error(`can't unplug device '${device}'`);
  if (vm.stalls.some((stall) => stall.slot === device && stall.to === undefined)) {
    throw new Error(`error on hot-unplugging device '${device}' - still busy in guest?`);
  }
  qemu.drives.delete(device);
}

function setThrottle({ vm, qemu }: Running, drive: Drive): void {
  const running = qemu.drives.get(drive.slot);
  if (running === undefined) {
    const command = "VM " + vm.vmid + " qmp command 'block_set_io_throttle' failed";
    throw new Error(`${command} - Device 'drive-${drive.slot}' not found`);
  }
  running.throttle = throttleOf(drive);
  vm.throttleCalls.set(drive.slot, (vm.throttleCalls.get(drive.slot) ?? 0) + 1);
}

function updateSameVolume(running: Running, drive: Drive, old: Drive): void {
  // As text, and absent differs from an explicit default: that is what keeps a "no change" waiting.
  if (BLOCKING_KEYS.some((key) => drive.options.get(key) !== old.options.get(key))) throw new Skip();
  if (throttleDiffers(drive, old)) setThrottle(running, drive);
}

function changeMedium({ estate, vm, qemu }: Running, drive: Drive, old: Drive): void {
  if (drive.file === "none" && isCloudInit(old)) releaseDrive(estate, vm, old);
  qemu.drives.set(drive.slot, plugDrive(drive, qemu.controller));
}

function updateDrive(running: Running, slot: string, value: string): void {
  if (slot === "efidisk0" || slot === "tpmstate0") throw new Skip();
  const { estate, vm, qemu, features } = running;
  const drive = parseDrive(slot, value);
  const old = readDrive(slot, vm.current.get(slot));
  const disk = features.has("disk");
  if (old !== undefined) {
    if (isCdrom(old) !== isCdrom(drive)) throw new Error("unable to change media type");
    if (isCdrom(old)) return changeMedium(running, drive, old);
    if (old.file === drive.file) return updateSameVolume(running, drive, old);
    if (!disk) throw new Skip();
    unplug(running, slot);
    releaseDrive(estate, vm, old);
  }
  const bus = busOf(slot);
  if (!disk || bus === "ide" || bus === "sata") throw new Skip();
  qemu.drives.set(slot, plugDrive(drive, qemu.controller));
}

const NET_DEVICE_KEYS = ["model", "macaddr", "queues", "mtu"];

function updateNet(running: Running, key: string, value: string): void {
  const net = parseNet(key, value);
  const before = running.vm.current.get(key);
  if (before !== undefined) {
    const old = parseNet(key, before);
    const sameDevice = NET_DEVICE_KEYS.every((part) => net.get(part) === old.get(part));
    if (sameDevice && net.has("bridge") && old.has("bridge")) return;
    if (!running.features.has("network")) throw new Skip();
    unplug(running, key);
  }
  if (!running.features.has("network")) throw new Skip();
}

function updateAgent(vm: Vm, value: string): void {
  const schema = PROPERTY_OPTIONS["agent"];
  const before = vm.current.get("agent");
  if (schema === undefined || before === undefined) throw new Skip();
  const old = parseProperties(schema, "agent", before);
  const next = parseProperties(schema, "agent", value);
  if (old.get("enabled") !== next.get("enabled") || old.get("type") !== next.get("type")) throw new Skip();
}

function updateHotplug(before: string | undefined, value: string): void {
  const cold = (text: string | undefined, feature: string) => (text ?? "").includes(feature);
  if (["memory", "cpu"].some((feature) => cold(value, feature) || cold(before, feature))) throw new Skip();
}

function updateKey(running: Running, key: string, value: string): void {
  const { vm, features } = running;
  if (isDriveKey(key)) return updateDrive(running, key, value);
  if (/^net\d+$/.test(key)) return updateNet(running, key, value);
  if (key === "hotplug") return updateHotplug(vm.current.get(key), value);
  if (key === "agent") return updateAgent(vm, value);
  if (key === "balloon") {
    if ((vm.current.get(key) === "0") !== (value === "0")) throw new Skip();
    return;
  }
  if (key === "cpulimit" || key === "cpuunits") return;
  const needs: Readonly<Record<string, string>> = { vcpus: "cpu", memory: "memory", tablet: "usb" };
  const feature = needs[key] ?? (/^usb\d+$/.test(key) ? "usb" : undefined);
  if (feature === undefined || !features.has(feature)) throw new Skip();
  if (key === "memory" && Number(value) < Number(vm.current.get(key) ?? 512)) throw new Skip();
}

function deleteKey(running: Running, key: string, force: boolean): void {
  const { estate, caller, vm, features } = running;
  if (isInstantKey(key) || key === "cpulimit" || key === "cpuunits") return;
  if (isDriveKey(key)) {
    const bus = busOf(key);
    if (!features.has("disk") || (bus !== "scsi" && bus !== "virtio")) throw new Skip();
    unplug(running, key);
    const drive = readDrive(key, vm.current.get(key));
    if (drive === undefined) return;
    if (force) destroyDrive(estate, caller, vm, key, drive);
    else releaseDrive(estate, vm, drive);
    return;
  }
  if (/^net\d+$/.test(key)) {
    if (!features.has("network")) throw new Skip();
    return;
  }
  if (key === "hotplug") return updateHotplug(vm.current.get(key), "");
  if (key === "balloon" && vm.current.get(key) !== "0") return;
  throw new Skip();
}

/**
 * Tries to apply this request's pending keys to a running VM. What cannot be done live stays pending.
 * @returns one text per key that failed; those stay pending too
 */
export function hotplugPending(
  estate: Estate,
  caller: Caller,
  vm: Vm,
  qemu: RunningQemu,
  selection: ReadonlySet<string>,
): Record<string, string> {
  const errors: Record<string, string> = {};
  const running: Running = { estate, caller, vm, qemu, features: hotplugFeatures(vm.current.get("hotplug")) };
  const attempt = (key: string, action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      if (!(error instanceof Skip)) errors[key] = `hotplug problem - ${errorText(error)}\n`;
      return false;
    }
  };
  for (const [key, value] of vm.pending) {
    if (!isInstantKey(key)) continue;
    vm.current.set(key, value);
    vm.pending.delete(key);
  }
  for (const [key, force] of [...vm.pendingDelete].sort()) {
    if (!selection.has(key) || !attempt(key, () => deleteKey(running, key, force))) continue;
    vm.current.delete(key);
    vm.pendingDelete.delete(key);
  }
  for (const [key, value] of [...vm.pending].sort()) {
    if (!selection.has(key) || !attempt(key, () => updateKey(running, key, value))) continue;
    vm.current.set(key, value);
    vm.pending.delete(key);
  }
  return errors;
}
