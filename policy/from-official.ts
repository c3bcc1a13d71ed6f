import { expandSlots } from "../proxmox/drive-slots.ts";
import type { KnownResource } from "./from-resource.ts";
import type { JudgedVm } from "./judged-vm.ts";
import { notKnown } from "./known-properties.ts";
import { NeutralVm } from "./neutral-vm.ts";

type Properties = Readonly<Record<string, unknown>>;

/** Proxmox's key of each speed limit that the official provider has. */
const speedKeys: Readonly<Record<string, string>> = {
  read: "mbps_rd",
  write: "mbps_wr",
  readBurstable: "mbps_rd_max",
  writeBurstable: "mbps_wr_max",
  iopsRead: "iops_rd",
  iopsWrite: "iops_wr",
  iopsReadBurstable: "iops_rd_max",
  iopsWriteBurstable: "iops_wr_max",
};

/** The controller that the official provider assumes; for a clone it does not send it. */
const assumedController = "virtio-scsi-pci";

/** What the official provider adds for a list that is left out. */
const assumedDisks = [{ interface: "scsi0" }];
const assumedSerialDevices = [{ device: "socket" }];

/** A VmLegacy. What it leaves out, its provider fills in; of a clone, that is the template's. */
export function judgedFromLegacy({ name, props, opts, ofOurVm }: KnownResource): JudgedVm {
  const vm = new NeutralVm();
  const clone = isPresent(props.clone);
  const { scsiHardware = assumedController } = props;
  if (!clone || scsiHardware !== assumedController) vm.config("scsihw", scsiHardware);
  vm.config("onboot", props.onBoot ?? true);
  const serial = props.serialDevices ?? (clone ? [] : assumedSerialDevices);
  for (const [index, device] of list(serial).entries()) {
    vm.config(`serial${index}`, isPresent(device) ? "socket" : device);
  }
  if (serial === notKnown) vm.unknown("config.serial0");
  legacyDrives(vm, props.disks ?? (clone ? [] : assumedDisks));
  existence(vm, props, opts);
  vm.option("rebootAfterUpdate", props.rebootAfterUpdate);
  vm.option("stopped", props.started === notKnown ? notKnown : props.started === false);
  vm.option("officialReads", true);
  if (ofOurVm) vm.option("configuredElsewhere", true);
  return vm.judged(name, "VmLegacy", !clone, props.vmId);
}

/** A Vm: it has no drives and no controller, and so is judged for its life only. */
export function judgedFromVm({ name, props, opts }: KnownResource): JudgedVm {
  const vm = new NeutralVm();
  existence(vm, props, opts);
  vm.option("configuredElsewhere", true);
  return vm.judged(name, "Vm", true, props.resourceId);
}

/** A cloned.Vm: what it does not list is its template's. */
export function judgedFromCloned({ name, props, opts }: KnownResource): JudgedVm {
  const vm = new NeutralVm();
  const { disk } = props;
  if (disk === notKnown) vm.unknown("drives");
  for (const [slot, keys] of Object.entries(properties(disk))) {
    const { datastoreId, aio, iothread, cache } = properties(keys);
    vm.drive(slot, { datastore: datastoreId, aio, iothread, cache });
    if (keys === notKnown) vm.unknown(`drives.${slot}`);
  }
  existence(vm, { deleteUnreferencedDisksOnDestroy: false, ...props }, opts);
  vm.option("stopped", props.started === notKnown ? notKnown : props.started === false);
  return vm.judged(name, "cloned.Vm", false, props.resourceId);
}

function existence(vm: NeutralVm, props: Properties, opts: KnownResource["opts"]): void {
  vm.option("protect", opts.protect ?? false);
  vm.option("ignoreChanges", opts.ignoreChanges ?? []);
  vm.option(
    "inputs",
    Object.keys(props).filter((key) => !key.startsWith("__") && isPresent(props[key])),
  );
  vm.option("deleteUnreferencedDisksOnDestroy", props.deleteUnreferencedDisksOnDestroy);
}

function legacyDrives(vm: NeutralVm, disks: unknown): void {
  if (disks === notKnown) vm.unknown("drives");
  for (const disk of list(disks)) {
    const { interface: slot, datastoreId, aio = "io_uring", iothread, cache, speed } = properties(disk);
    if (typeof slot !== "string" || expandSlots(slot) === undefined) {
      vm.unknown("drives");
      continue;
    }
    vm.drive(slot, { datastore: datastoreId || undefined, aio, iothread, cache, ...caps(speed) });
  }
}

function caps(speed: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(speedKeys).map(([name, key]) => [
      key,
      speed === notKnown ? notKnown : properties(speed)[name],
    ]),
  );
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function properties(value: unknown): Properties {
  return typeof value === "object" && value !== null ? (value as Properties) : {};
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
