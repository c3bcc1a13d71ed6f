import { BLOCKING_KEYS, busOf } from "./drive-schema.ts";
import { type Drive, isCdrom, isCloudInit, readDrive, throttleDiffers, throttleOf } from "./drive-string.ts";
import { destroyDrive, releaseDrive } from "./drive-write.ts";
import { needFeature, qmp, type Running, Skip, unplug } from "./hotplug-context.ts";
import { plugDrive } from "./qemu.ts";

/** The one QMP call that sets all limits of a drive. */
function setThrottle(running: Running, drive: Drive): void {
  const { vm, qemu } = running;
  const device = qemu.drives.get(drive.slot);
  if (device === undefined) {
    const command = `VM ${vm.vmid} qmp command 'block_set_io_throttle' failed`;
    throw new Error(`${command} - Device 'drive-${drive.slot}' not found`);
  }
  qmp(running, "block_set_io_throttle");
  // What decides is the drive that QEMU was given; a scsiblock that came since is only in the config.
  device.throttle = device.options.scsiblock === "1" ? {} : throttleOf(drive);
  vm.throttleCalls.set(drive.slot, (vm.throttleCalls.get(drive.slot) ?? 0) + 1);
}

function updateSameVolume(running: Running, drive: Drive, old: Drive): void {
  // As text, and absent differs from an explicit default: that is what keeps a "no change" waiting.
  if (BLOCKING_KEYS.some((key) => drive.options.get(key) !== old.options.get(key))) throw new Skip();
  if (throttleDiffers(drive, old)) setThrottle(running, drive);
}

function plug(running: Running, drive: Drive): void {
  const bus = busOf(drive.slot);
  if (bus === "ide" || bus === "sata") throw new Skip();
  needFeature(running, "disk");
  qmp(running, "device_add");
  running.qemu.drives.set(drive.slot, plugDrive(drive, running.qemu.controller));
}

function changeMedium(running: Running, drive: Drive, old: Drive): void {
  const { estate, vm, qemu } = running;
  qmp(running, "eject");
  if (drive.file === "none" && isCloudInit(old)) releaseDrive(estate, vm, old);
  qemu.drives.set(drive.slot, plugDrive(drive, qemu.controller));
}

/** Tries to give a running VM a new or changed drive. */
export function updateDriveLive(running: Running, slot: string, value: string): void {
  if (slot === "efidisk0" || slot === "tpmstate0") throw new Skip();
  const { estate, vm } = running;
  const drive = readDrive(slot, value);
  const old = readDrive(slot, vm.current.get(slot));
  if (drive === undefined) {
    // A text that Proxmox writes and cannot read, such as a cloud-init drive on virtio.
    needFeature(running, "disk");
    throw new Error(`error on hotplug device '${slot}'`);
  }
  if (old !== undefined && isCdrom(old) !== isCdrom(drive)) throw new Error("unable to change media type");
  if (old === undefined) plug(running, drive);
  else if (isCdrom(old)) changeMedium(running, drive, old);
  else if (old.file === drive.file) updateSameVolume(running, drive, old);
  else {
    needFeature(running, "disk");
    unplug(running, slot);
    releaseDrive(estate, vm, old);
    plug(running, drive);
  }
}

/** Tries to take a drive away from a running VM. */
export function deleteDriveLive(running: Running, slot: string, force: boolean): void {
  const { estate, caller, vm } = running;
  const bus = busOf(slot);
  if (bus !== "scsi" && bus !== "virtio") throw new Skip();
  needFeature(running, "disk");
  unplug(running, slot);
  const drive = readDrive(slot, vm.current.get(slot));
  if (drive === undefined) return;
  if (force) destroyDrive(estate, caller, vm, slot, drive);
  else releaseDrive(estate, vm, drive);
}
