import { without } from "../rules/schema-walk.ts";
import type { CreationSpec } from "../spec/creation-spec.ts";
import type { DriveSpec } from "../spec/drive-spec.ts";
import { compareSlots, splitSlot } from "../spec/slots.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { mapValues } from "./records.ts";

/** A VM that is created, with its source. */
export type CreatedVm = VmSpec & { readonly create: CreationSpec };

/** Whether the program creates this VM. */
export function isCreated(vm: VmSpec): vm is CreatedVm {
  return vm.create !== undefined;
}

/** Where Proxmox looks for a boot drive when nobody says. */
const bootBuses = ["ide", "scsi", "virtio", "sata"];

/**
 * Fills in what makes a sound VM. Only for VMs that are created: on an adopted VM a default would be a change
 * that nobody wrote.
 */
export function withCreationDefaults(key: string, vm: CreatedVm): CreatedVm {
  const controller = vm.controller ?? "virtio-scsi-single";
  const datastore = vm.create.blank?.datastore ?? vm.create.image?.datastore ?? vm.create.template?.datastore;
  const boot = vm.boot ?? defaultBoot(vm);
  const full = {
    ...vm,
    name: vm.name ?? key,
    controller,
    cpu: { sockets: 1, type: "x86-64-v2-AES", numa: false, ...vm.cpu },
    ...(vm.memoryMiB !== undefined && { balloonMiB: vm.balloonMiB ?? vm.memoryMiB }),
    ...(boot !== undefined && { boot }),
    onboot: vm.onboot ?? false,
    osType: vm.osType ?? "l26",
    ...(vm.efi !== undefined && { bios: "ovmf" as const }),
    ...(vm.watchdog !== undefined && { watchdog: { model: "i6300esb", action: "reset", ...vm.watchdog } }),
    drives: mapValues(vm.drives, (drive, slot) => driveWithDefaults(drive, slot, controller, datastore)),
    nics: mapValues(vm.nics, (nic) => ({ model: "virtio", ...nic })),
    ...(vm.cloudInit !== undefined && {
      cloudInit: { interface: "ide2", ...(datastore !== undefined && { datastore }), ...vm.cloudInit },
    }),
  };
  // What must be absent has no default; nothing of it is written, or the entry would have been refused.
  const absent = vm.absent?.map((path) => path.split(".")) ?? [];
  return absent.reduce<unknown>((rest, path) => without(rest, path), full) as CreatedVm;
}

/** A clone keeps the order of its template; otherwise the drive that Proxmox would choose, then the network. */
function defaultBoot(vm: CreatedVm): string[] | undefined {
  if (vm.create.template !== undefined) return undefined;
  const first = bootDrive(vm);
  return [...(first === undefined ? [] : [first]), ...(vm.nics?.net0 === undefined ? [] : ["net0"])];
}

/** The drive that the VM boots from: the first in `boot`, else the one that Proxmox would choose. */
export function bootDrive(vm: VmSpec): string | undefined {
  const slots = Object.keys(vm.drives ?? {}).toSorted(compareSlots);
  const named = vm.boot?.find((device) => slots.includes(device));
  if (named !== undefined) return named;
  return bootBuses.flatMap((bus) => slots.filter((slot) => splitSlot(slot)[0] === bus))[0];
}

function driveWithDefaults(
  drive: DriveSpec,
  slot: string,
  controller: NonNullable<VmSpec["controller"]>,
  datastore: string | undefined,
): DriveSpec {
  const [bus] = splitSlot(slot);
  const canIothread = bus === "virtio" || (bus === "scsi" && controller === "virtio-scsi-single");
  return {
    aio: "io_uring",
    ...(canIothread && { iothread: true }),
    cache: "none",
    discard: true,
    backup: true,
    ...(datastore !== undefined && { datastore }),
    ...drive,
  };
}
