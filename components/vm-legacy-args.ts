import type { VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import { bootDrive, type CreatedVm } from "./creation-defaults.ts";
import { sortedTags } from "./proxmox-options.ts";
import { compareSlots } from "./slots.ts";
import { cloudInitArgs, diskArgs, hostPciArgs, networkDeviceArgs, usbArgs } from "./vm-legacy-devices.ts";

/** Bounds what the official provider waits for an agent: reading a VM must not hang on its guest. */
const agentTimeout = "30s";

/**
 * Everything that the official provider can express about a VM, so that its one request makes the VM whole
 * before the first start. What it cannot (totals, burst lengths) `VmConfig` writes right after.
 *
 * Lists and blocks are always written, also when they are empty: each that is missing has a default of the
 * provider's own (a disk of 8 GiB, a serial port, 512 MiB of memory), and a clone would get it.
 *
 * @param node where to make the VM
 */
export function vmLegacyArgs(vm: CreatedVm, node: string): VmLegacyArgs {
  const { create } = vm;
  const boot = bootDrive(vm);
  return {
    ...identityArgs(vm, node),
    ...hardwareArgs(vm),
    disks: sorted(vm.drives).map(([slot, drive]) =>
      diskArgs(slot, drive, slot === boot ? create.image?.file : undefined),
    ),
    networkDevices: sorted(vm.nics).map(([, nic]) => networkDeviceArgs(nic)),
    hostpcis: sorted(vm.passthrough).map(([slot, device]) => hostPciArgs(slot, device)),
    usbs: sorted(vm.usb).map(([, device]) => usbArgs(device)),
    serialDevices: sorted(vm.serial).map(([, device]) => ({ device })),
    ...(vm.cloudInit !== undefined && { initialization: cloudInitArgs(vm.cloudInit) }),
    ...(create.template !== undefined && {
      clone: {
        vmId: create.template.vmid,
        full: create.template.full ?? true,
        ...(create.template.datastore !== undefined && { datastoreId: create.template.datastore }),
      },
    }),
    started: create.start ?? true,
    rebootAfterUpdate: false,
    stopOnDestroy: true,
    purgeOnDestroy: false,
    deleteUnreferencedDisksOnDestroy: false,
  };
}

function identityArgs(vm: CreatedVm, node: string) {
  return {
    nodeName: node,
    vmId: vm.vmid,
    ...(vm.name !== undefined && { name: vm.name }),
    ...(vm.description !== undefined && { description: vm.description.trimEnd() }),
    ...(vm.tags !== undefined && { tags: sortedTags(vm.tags) }),
    ...(vm.pool !== undefined && { poolId: vm.pool }),
    ...(vm.protection !== undefined && { protection: vm.protection }),
    onBoot: vm.onboot ?? false,
    ...(vm.startup !== undefined && {
      startup: {
        ...(vm.startup.order !== undefined && { order: vm.startup.order }),
        ...(vm.startup.upSeconds !== undefined && { upDelay: vm.startup.upSeconds }),
        ...(vm.startup.downSeconds !== undefined && { downDelay: vm.startup.downSeconds }),
      },
    }),
  };
}

function hardwareArgs(vm: CreatedVm) {
  return {
    scsiHardware: vm.controller ?? "virtio-scsi-single",
    ...(vm.machine !== undefined && { machine: vm.machine }),
    ...(vm.bios !== undefined && { bios: vm.bios }),
    operatingSystem: { type: vm.osType ?? "l26" },
    ...(vm.boot !== undefined && { bootOrders: vm.boot }),
    cpu: {
      cores: vm.cpu?.cores ?? 1,
      sockets: vm.cpu?.sockets ?? 1,
      type: vm.cpu?.type ?? "x86-64-v2-AES",
      numa: vm.cpu?.numa ?? false,
      ...(vm.cpu?.limit !== undefined && { limit: vm.cpu.limit }),
      ...(vm.cpu?.units !== undefined && { units: vm.cpu.units }),
    },
    ...(vm.memoryMiB !== undefined && {
      memory: { dedicated: vm.memoryMiB, floating: vm.balloonMiB ?? vm.memoryMiB },
    }),
    agent: {
      enabled: vm.agent?.enabled ?? false,
      trim: vm.agent?.trimAfterClone ?? false,
      type: vm.agent?.type ?? "virtio",
      timeout: agentTimeout,
      waitForIp: { disabled: true },
    },
    ...(vm.watchdog !== undefined && {
      watchdog: {
        enabled: true,
        model: vm.watchdog.model ?? "i6300esb",
        action: vm.watchdog.action ?? "reset",
      },
    }),
    ...(vm.efi !== undefined && {
      efiDisk: {
        datastoreId: vm.efi.datastore,
        type: vm.efi.type ?? "4m",
        preEnrolledKeys: vm.efi.preEnrolledKeys ?? false,
      },
    }),
    ...(vm.tpm !== undefined && {
      tpmState: { datastoreId: vm.tpm.datastore, version: vm.tpm.version ?? "v2.0" },
    }),
  };
}

function sorted<T>(slots: Readonly<Record<string, T>> | undefined): [slot: string, device: T][] {
  return Object.entries(slots ?? {}).toSorted(([a], [b]) => compareSlots(a, b));
}
