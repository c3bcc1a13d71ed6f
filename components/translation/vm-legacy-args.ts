import type { VmLegacyArgs } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
import { compareSlots } from "../spec/slots.ts";
import { bootDrive, type CreatedVm } from "./creation-defaults.ts";
import { sortedTags } from "./proxmox-options.ts";
import { cloudInitArgs, diskArgs, hostPciArgs, networkDeviceArgs } from "./vm-legacy-devices.ts";

/** Bounds what the official provider waits for an agent: reading a VM must not hang on its guest. */
const agentTimeout = "30s";

/**
 * Left out, a CD-ROM drive of the host's is added, and what a template has in that slot is replaced.
 * Only an empty list says "none"; the provider takes it with a warning of its type checker at creation.
 */
const noCdrom = [] as unknown as NonNullable<VmLegacyArgs["cdrom"]>;

/**
 * Everything that the official provider can express about a VM, so that its one request makes the VM whole
 * before the first start. What it cannot (totals, burst lengths) `VmConfig` writes right after.
 *
 * Lists are written also when they are empty: a list that is missing gets a default of the provider's own,
 * such as a serial port or a disk of 8 GiB.
 *
 * @param vm the VM with its defaults filled in
 */
export function vmLegacyArgs(vm: CreatedVm, node: string): VmLegacyArgs {
  return {
    nodeName: node,
    vmId: vm.vmid,
    ...identityArgs(vm),
    ...hardwareArgs(vm),
    ...deviceArgs(vm),
    ...sourceArgs(vm),
    started: vm.create.start ?? true,
    rebootAfterUpdate: false,
    stopOnDestroy: true,
    purgeOnDestroy: false,
    deleteUnreferencedDisksOnDestroy: false,
  };
}

function identityArgs(vm: CreatedVm): Partial<VmLegacyArgs> {
  return {
    name: vm.name,
    description: vm.description?.trimEnd(),
    tags: vm.tags && sortedTags(vm.tags),
    poolId: vm.pool,
    protection: vm.protection,
    onBoot: vm.onboot,
    startup: vm.startup && {
      order: vm.startup.order,
      upDelay: vm.startup.upSeconds,
      downDelay: vm.startup.downSeconds,
    },
  };
}

function hardwareArgs(vm: CreatedVm): Partial<VmLegacyArgs> {
  return {
    scsiHardware: vm.controller,
    machine: vm.machine,
    bios: vm.bios,
    operatingSystem: { type: vm.osType },
    bootOrders: vm.boot,
    cpu: vm.cpu,
    memory: { dedicated: vm.memoryMiB, floating: vm.balloonMiB },
    agent: {
      enabled: vm.agent?.enabled,
      trim: vm.agent?.trimAfterClone,
      type: vm.agent?.type,
      timeout: agentTimeout,
      waitForIp: { disabled: true },
    },
    watchdog: vm.watchdog && { enabled: true, ...vm.watchdog },
    efiDisk: vm.efi && {
      datastoreId: vm.efi.datastore,
      type: vm.efi.type ?? "4m",
      preEnrolledKeys: vm.efi.preEnrolledKeys,
    },
    tpmState: vm.tpm && { datastoreId: vm.tpm.datastore, version: vm.tpm.version },
  };
}

function deviceArgs(vm: CreatedVm): Partial<VmLegacyArgs> {
  const imageSlot = vm.create.image && bootDrive(vm);
  return {
    disks: sorted(vm.drives).map(([slot, drive]) => ({
      ...diskArgs(slot, drive),
      importFrom: slot === imageSlot ? vm.create.image?.file : undefined,
    })),
    cdrom: noCdrom,
    networkDevices: sorted(vm.nics).map(([, nic]) => networkDeviceArgs(nic)),
    hostpcis: sorted(vm.passthrough).map(([slot, device]) => hostPciArgs(slot, device)),
    usbs: sorted(vm.usb).map(([, device]) => device),
    serialDevices: sorted(vm.serial).map(([, device]) => ({ device })),
    initialization: vm.cloudInit && cloudInitArgs(vm.cloudInit),
  };
}

function sourceArgs({ create: { template } }: CreatedVm): Partial<VmLegacyArgs> {
  return {
    clone: template && { vmId: template.vmid, full: template.full ?? true, datastoreId: template.datastore },
  };
}

function sorted<T>(slots: Readonly<Record<string, T>> | undefined): [slot: string, device: T][] {
  return Object.entries(slots ?? {}).toSorted(([a], [b]) => compareSlots(a, b));
}
