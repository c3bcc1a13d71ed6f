import { Counter, Gauge, Registry } from "prom-client";
import type { ExporterFigures, VmFigures } from "./figures.ts";

const vmLabels = ["vmid", "vm"] as const;
const driveLabels = [...vmLabels, "slot"] as const;

/**
 * The figures in Prometheus's text format. Everything is made anew each time, so that what is gone is gone.
 *
 * @param vms none where nothing fresh is known
 */
export function exposition(exporter: ExporterFigures, vms: readonly VmFigures[]): Promise<string> {
  const registry = new Registry();
  addExporter(registry, exporter);
  if (vms.length > 0) {
    addVms(registry, vms);
    addDrives(registry, vms);
    addCaps(registry, vms);
  }
  return registry.metrics();
}

/** Media type of {@link exposition}. */
export const expositionType = Registry.PROMETHEUS_CONTENT_TYPE;

function addExporter(registry: Registry, figures: ExporterFigures): void {
  const gauge = (name: string, help: string, value: number | undefined) => {
    if (value !== undefined) new Gauge({ name, help, registers: [registry] }).set(value);
  };
  gauge(
    "proxmox_fleet_poll_success",
    "Whether the last poll of Proxmox succeeded and is recent; while it is 0, nothing is exposed of VMs.",
    Number(figures.success),
  );
  gauge(
    "proxmox_fleet_last_successful_poll_timestamp_seconds",
    "When Proxmox was last polled with success, in seconds since the epoch.",
    figures.lastSuccess,
  );
  gauge("proxmox_fleet_poll_duration_seconds", "How long the last poll of Proxmox took.", figures.duration);
  gauge("proxmox_fleet_unread_vms", "VMs that the last poll could not read.", figures.unread);
  new Counter({
    name: "proxmox_fleet_poll_errors_total",
    help: "Polls of Proxmox that failed, and VMs that could not be read.",
    registers: [registry],
  }).inc(figures.errors);
}

function addVms(registry: Registry, vms: readonly VmFigures[]): void {
  const registers = [registry];
  const gauge = (name: string, help: string, ...more: string[]) =>
    new Gauge({ name, help, labelNames: [...vmLabels, ...more], registers });
  const info = gauge("proxmox_fleet_vm_info", "A VM of the cluster, and the node that has it.", "node");
  const running = gauge("proxmox_fleet_vm_running", "Whether a QEMU process runs the VM.");
  const qmp = gauge("proxmox_fleet_vm_qmp_status", "QEMU's own word for the state of the VM; 1.", "status");
  const answers = gauge("proxmox_fleet_vm_qmp_answers", "Whether QMP of a running VM answers.");
  const qemu = gauge("proxmox_fleet_vm_qemu_info", "Version of the QEMU binary that runs the VM.", "version");
  const pending = gauge(
    "proxmox_fleet_vm_pending_changes",
    "Configuration keys that wait for a cold stop and start of the VM.",
  );
  const declared = gauge("proxmox_fleet_vm_declared", "Whether the fleet file declares the VM.");
  const drifted = gauge("proxmox_fleet_vm_drifted_keys", "Declared keys of the VM that are not as declared.");
  for (const { vmid, name, node, statistics, pendingChanges, driftedKeys } of vms) {
    const labels = { vmid, vm: name };
    const isRunning = statistics.status === "running";
    info.set({ ...labels, node }, 1);
    running.set(labels, Number(isRunning));
    qmp.set({ ...labels, status: statistics.qmpstatus }, 1);
    if (isRunning) answers.set(labels, Number(statistics.drives !== undefined));
    if (statistics.qemuVersion !== undefined) qemu.set({ ...labels, version: statistics.qemuVersion }, 1);
    pending.set(labels, pendingChanges);
    declared.set(labels, Number(driftedKeys !== undefined));
    if (driftedKeys !== undefined) drifted.set(labels, driftedKeys);
  }
}

function addDrives(registry: Registry, vms: readonly VmFigures[]): void {
  const registers = [registry];
  const counter = (name: string, help: string) =>
    new Counter({ name, help, labelNames: [...driveLabels, "direction"], registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: driveLabels, registers });
  const operations = counter(
    "proxmox_fleet_drive_operations_total",
    "Operations that the drive completed since its QEMU process started; direction read, write or flush.",
  );
  const bytes = counter(
    "proxmox_fleet_drive_bytes_total",
    "Bytes that the drive transferred since its QEMU process started; direction read or write.",
  );
  const lastWrite = gauge(
    "proxmox_fleet_drive_last_write_age_seconds",
    "Seconds since a write was last seen to complete, or since the drive was first seen.",
  );
  const standstill = gauge(
    "proxmox_fleet_drive_standstill_seconds",
    "Seconds since any operation was last seen to complete; 0 while they complete.",
  );
  const stalled = gauge(
    "proxmox_fleet_drive_stalled",
    "Whether the drive is called stalled: it wrote steadily, completes nothing, and other signals agree.",
  );
  const suspected = gauge(
    "proxmox_fleet_drive_suspected",
    "Whether the drive is suspected: as stalled, but too few signals agree.",
  );
  for (const { vmid, name, statistics, verdict, ...figures } of vms) {
    for (const [slot, drive] of Object.entries(statistics.drives ?? {})) {
      const labels = { vmid, vm: name, slot };
      operations.inc({ ...labels, direction: "read" }, drive.readOperations);
      operations.inc({ ...labels, direction: "write" }, drive.writeOperations);
      operations.inc({ ...labels, direction: "flush" }, drive.flushOperations);
      bytes.inc({ ...labels, direction: "read" }, drive.readBytes);
      bytes.inc({ ...labels, direction: "write" }, drive.writtenBytes);
      lastWrite.set(labels, figures.lastWriteAge[slot] ?? 0);
      standstill.set(labels, figures.standstill[slot] ?? 0);
    }
    const slots = new Set([
      ...Object.keys(statistics.drives ?? {}),
      ...verdict.drives.map(({ slot }) => slot),
    ]);
    for (const slot of slots) {
      const state = verdict.drives.find((one) => one.slot === slot)?.state;
      stalled.set({ vmid, vm: name, slot }, Number(state === "stalled"));
      suspected.set({ vmid, vm: name, slot }, Number(state === "suspected"));
    }
  }
}

function addCaps(registry: Registry, vms: readonly VmFigures[]): void {
  const registers = [registry];
  const labelNames = [...driveLabels, "direction"];
  const limits = {
    bytes: new Gauge({
      name: "proxmox_fleet_drive_cap_bytes_per_second",
      help: "Configured limit of the drive's throughput; direction read, write or total. Absent: no limit.",
      labelNames,
      registers,
    }),
    operations: new Gauge({
      name: "proxmox_fleet_drive_cap_operations_per_second",
      help: "Configured limit of the drive's operations; direction read, write or total. Absent: no limit.",
      labelNames,
      registers,
    }),
  };
  const uncapped = new Gauge({
    name: "proxmox_fleet_drive_uncapped",
    help: "Whether the drive has no cap although the policy wants one and nobody exempted it.",
    labelNames: driveLabels,
    registers,
  });
  for (const { vmid, name, configured } of vms) {
    for (const [slot, drive] of Object.entries(configured)) {
      uncapped.set({ vmid, vm: name, slot }, Number(drive.uncapped));
      for (const { unit, direction, limit } of drive.caps) {
        limits[unit].set({ vmid, vm: name, slot, direction }, limit);
      }
    }
  }
}
