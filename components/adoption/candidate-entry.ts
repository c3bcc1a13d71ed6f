import { busOf } from "../../proxmox/drive-slots.ts";
import { isNicSlot } from "../../proxmox/nic-keys.ts";
import type { Properties } from "../../proxmox/property-string.ts";
import { compareSlots } from "../spec/slots.ts";
import { candidateDrives } from "./candidate-drives.ts";
import { writtenSlots } from "./foreign-slots.ts";
import { asFlag, asNumber, group, type Readings } from "./readings.ts";

/** An entry as the VM's texts suggest it; its values were not looked at yet. */
export type CandidateEntry = Readonly<Record<string, unknown>>;

/**
 * All that a user would want to own of a VM, as its texts say it, in the order in which a fleet file has it. A key
 * whose text is absent is left out, `onboot` alone aside: its absence is a clear no.
 */
export function candidateEntry(
  vmid: number,
  node: string | undefined,
  readings: Readings,
  foreign: ReadonlySet<string>,
): CandidateEntry {
  const cpu = readings.keys("cpu");
  const startup = readings.keys("startup");
  const agent = readings.keys("agent");
  const entry = group({
    vmid,
    node,
    controller: controllerOf(readings),
    cpu: group({
      cores: asNumber(readings.text("cores")),
      sockets: asNumber(readings.text("sockets")),
      type: cpu.get("cputype"),
      limit: asNumber(readings.text("cpulimit")),
      units: asNumber(readings.text("cpuunits")),
      numa: asFlag(readings.text("numa")),
    }),
    memoryMiB: asNumber(readings.keys("memory").get("current")),
    balloonMiB: asNumber(readings.text("balloon")),
    drives: candidateDrives(readings, foreign),
    foreignSlots: writtenSlots(foreign),
    nics: nicsOf(readings),
    boot: bootOf(readings, foreign),
    onboot: asFlag(readings.text("onboot")) ?? false,
    startup: group({
      order: asNumber(startup.get("order")),
      upSeconds: asNumber(startup.get("up")),
      downSeconds: asNumber(startup.get("down")),
    }),
    agent: group({
      enabled: asFlag(agent.get("enabled")),
      trimAfterClone: asFlag(agent.get("fstrim_cloned_disks")),
      freezeOnBackup: asFlag(agent.get("freeze-fs-on-backup")),
      type: agent.get("type"),
    }),
    passthrough: devicesOf(readings, "hostpci", hostPci),
    usb: devicesOf(readings, "usb", hostUsb),
    serial: group(Object.fromEntries(readings.numbered("serial").map((slot) => [slot, readings.text(slot)]))),
  });
  return entry ?? {};
}

/** The controller, also where Proxmox's own default stands behind it; undefined where no drive would use it. */
function controllerOf(readings: Readings): string | undefined {
  const usesScsi = Object.keys(readings.config).some((key) => busOf(key) === "scsi");
  return readings.text("scsihw") ?? (usesScsi ? "lsi" : undefined);
}

/** A list of devices; a legacy order cannot be written as one, and one that names a foreign slot is not ours. */
function bootOf(readings: Readings, foreign: ReadonlySet<string>): string[] | undefined {
  const order = readings.keys("boot").get("order");
  const devices = order?.split(/[;,\s]+/).filter((device) => device !== "");
  return devices?.some((device) => foreign.has(device)) ? undefined : devices;
}

function nicsOf(readings: Readings): Record<string, object> | undefined {
  const slots = Object.keys(readings.config).filter(isNicSlot).toSorted(compareSlots);
  const nics = slots.map((slot): [string, object | undefined] => {
    const nic = readings.nic(slot) ?? new Map<string, string>();
    return [
      slot,
      group({
        bridge: nic.get("bridge"),
        vlan: asNumber(nic.get("tag")),
        trunks: nic.get("trunks")?.split(";").map(asNumber),
        model: nic.get("model"),
        mac: nic.get("macaddr"),
        firewall: asFlag(nic.get("firewall")),
        rateMBps: asNumber(nic.get("rate")),
        mtu: asNumber(nic.get("mtu")),
        queues: asNumber(nic.get("queues")),
        linkDown: asFlag(nic.get("link_down")),
      }),
    ];
  });
  return group(Object.fromEntries(nics));
}

/** Devices of the host, by slot, as `written` says each. */
function devicesOf(
  readings: Readings,
  family: string,
  written: (device: Properties) => Readonly<Record<string, unknown>>,
): Record<string, object> | undefined {
  const slots = readings.numbered(family).toSorted(compareSlots);
  return group(Object.fromEntries(slots.map((slot) => [slot, group(written(readings.keys(slot)))])));
}

function hostPci(device: Properties): Readonly<Record<string, unknown>> {
  return {
    mapping: device.get("mapping"),
    id: device.get("host"),
    pcie: asFlag(device.get("pcie")),
    primaryGpu: asFlag(device.get("x-vga")),
    rombar: asFlag(device.get("rombar")),
    romFile: device.get("romfile"),
    mdev: device.get("mdev"),
  };
}

function hostUsb(device: Properties): Readonly<Record<string, unknown>> {
  return { mapping: device.get("mapping"), host: device.get("host"), usb3: asFlag(device.get("usb3")) };
}
