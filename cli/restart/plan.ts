import { circumstancesOf, driveKeyEffect, nicKeyEffect, optionEffect } from "../../proxmox/change-class.ts";
import { formatOf, pathOf } from "../../proxmox/config-key.ts";
import { type Drive, isCdrom, ownerOf } from "../../proxmox/drive.ts";
import { busOf } from "../../proxmox/drive-slots.ts";
import { isNicSlot } from "../../proxmox/nic-keys.ts";
import { type Change, planVm } from "../../proxmox/plan.ts";
import { readableProperties } from "../../proxmox/property-string.ts";
import { present, upcoming, upcomingConfig, type VmSnapshot } from "../../proxmox/snapshot.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";

/** One value that a cold start makes true. */
export interface Activation {
  /** `options.scsihw`, `drives.scsi0.aio`, `nics.net0.queues`. */
  readonly path: string;
  /** Top-level key of the config. */
  readonly key: string;
  /** Key inside the property string; empty when the whole is meant. */
  readonly part: string;
  /** Absent when the key is not there now. */
  readonly from?: string;
  /** Absent when the key goes away. */
  readonly to?: string;
  /** Whether the fleet file says so; else another hand left it there. */
  readonly declared: boolean;
}

/** A change of the SCSI controller under disks. */
interface ControllerChange {
  readonly from: string;
  readonly to: string;
  /** Whether the guest needs another driver to find its disks, so that it must be looked at first. */
  readonly needsPreflight: boolean;
}

/** What a cold stop and start of a VM would do. */
export interface RestartPlan {
  readonly activates: readonly Activation[];
  readonly controller?: ControllerChange;
  /** Declared, and not even written yet: it stays as it is. */
  readonly unwritten: readonly Change[];
  /** Slots with disks that another owns, such as a CSI driver. */
  readonly foreignDrives: readonly string[];
  /** Whether its node must be drained first. */
  readonly kubernetes: boolean;
}

const absentController = "lsi";

/** Plans a restart: what waits, whoever left it there, and what it means for the guest. */
export function restartPlan(
  entry: Pick<FleetEntry, "spec" | "declared"> | undefined,
  vmid: number,
  snapshot: VmSnapshot,
): RestartPlan {
  const declared = entry && planVm(entry.declared, snapshot);
  const ours = new Set(declared?.waiting.map(({ path }) => path));
  const keys = [...new Set([...Object.keys(snapshot.pending), ...snapshot.pendingDeletes])].sort();
  const activates = keys
    .flatMap((key) => differences(key, present(snapshot, key), upcoming(snapshot, key)))
    .map((one) => ({ ...one, declared: isOurs(one, ours) }));
  const controller = controllerChange(snapshot);
  const foreignDrives = Object.entries(snapshot.current)
    .filter(([slot, text]) => isForeign(slot, text, vmid))
    .map(([slot]) => slot)
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  return {
    activates,
    ...(controller !== undefined && { controller }),
    unwritten: declared?.changes ?? [],
    foreignDrives,
    kubernetes: entry?.spec.foreignSlots !== undefined || foreignDrives.length > 0,
  };
}

/** Whether the fleet file says so: the value itself, a device of which it declares a key, or an option by its main value. */
function isOurs({ path, key, part }: Omit<Activation, "declared">, ours: ReadonlySet<string>): boolean {
  if (ours.has(path)) return true;
  if (part !== "") return part === formatOf(key)?.defaultKey && ours.has(pathOf(key));
  return [...ours].some((one) => one.startsWith(`${path}.`));
}

/** The values in which two texts of one key differ; `size` is the storage's business. */
function differences(
  key: string,
  from: string | undefined,
  to: string | undefined,
): Omit<Activation, "declared">[] {
  const path = pathOf(key);
  const before = partsOf(key, from);
  const after = partsOf(key, to);
  // A device comes and goes as a whole; what an option becomes from nothing may be of several hands.
  const isWhole = to === undefined || (from === undefined && formatOf(key)?.device === true);
  if (before === undefined || after === undefined || isWhole) return [step(path, key, "", from, to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((part) => part !== "size" && before.get(part) !== after.get(part))
    .sort()
    .map((part) =>
      step(part === "" ? path : `${path}.${part}`, key, part, before.get(part), after.get(part)),
    );
}

/**
 * What a start would make true that nobody confirmed: values that the VM would get beside those of a config that was
 * read before. What takes effect at once is none of them, and neither are disks of other owners.
 */
export function unconfirmed(
  confirmed: VmSnapshot,
  found: VmSnapshot,
  vmid: number,
): Omit<Activation, "declared">[] {
  const [expected, next] = [upcomingConfig(confirmed), upcomingConfig(found)];
  const circumstances = circumstancesOf(confirmed);
  return [...new Set([...Object.keys(expected), ...Object.keys(next)])]
    .filter(
      (key) => ![expected[key], next[key]].some((text) => text !== undefined && isForeign(key, text, vmid)),
    )
    .flatMap((key) => differences(key, expected[key], next[key]))
    .filter(({ key, part, from = "", to = "" }) => {
      if (busOf(key) !== undefined && part !== "") return driveKeyEffect(circumstances, key, part) !== "live";
      if (isNicSlot(key) && part !== "") return nicKeyEffect(circumstances, part) !== "live";
      const isDevice = busOf(key) !== undefined || isNicSlot(key);
      return (
        isDevice || optionEffect(circumstances, key, part === "" ? undefined : part, from, to) !== "live"
      );
    });
}

function step(path: string, key: string, part: string, from: string | undefined, to: string | undefined) {
  return { path, key, part, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** The parts of a key's text; one nameless part where it has none, undefined where it cannot be read. */
function partsOf(key: string, text: string | undefined): ReadonlyMap<string, string> | undefined {
  const format = formatOf(key);
  if (format === undefined) return new Map(text === undefined ? [] : [["", text]]);
  return readableProperties(format, text ?? "");
}

function driveOf(slot: string, text: string): Drive {
  return partsOf(slot, text) ?? new Map();
}

function controllerChange(snapshot: VmSnapshot): ControllerChange | undefined {
  const from = present(snapshot, "scsihw") ?? absentController;
  const to = upcoming(snapshot, "scsihw") ?? absentController;
  const hasDisks = Object.entries(snapshot.current).some(
    ([slot, text]) => busOf(slot) === "scsi" && !isCdrom(driveOf(slot, text)),
  );
  if (from === to || !hasDisks) return undefined;
  return { from, to, needsPreflight: !(isVirtioScsi(from) && isVirtioScsi(to)) };
}

/** Both kinds have the same driver in the guest. */
function isVirtioScsi(controller: string): boolean {
  return controller.startsWith("virtio-scsi-");
}

function isForeign(slot: string, text: string, vmid: number): boolean {
  if (busOf(slot) === undefined) return false;
  const drive = driveOf(slot, text);
  const owner = ownerOf(drive.get("file") ?? "");
  return !isCdrom(drive) && owner !== undefined && owner !== vmid;
}
