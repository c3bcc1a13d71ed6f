import { type ConfiguredDrive, capFigures } from "../../incident/exporter/figures.ts";
import { judgedFromLive } from "../../policy/from-live.ts";
import { judgeFleet } from "../../policy/judge-fleet.ts";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import { planVm } from "../../proxmox/plan.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";
import type { Standard } from "../audit/standard.ts";
import type { NamedVm } from "../stack/named-vm.ts";

/** What a VM's configuration says, as far as it is exposed. */
export interface VmConfiguration {
  readonly pendingChanges: number;
  readonly driftedKeys?: number;
  readonly judged: JudgedVm;
}

/** @throws {PropertyStringError} when a drive's text cannot be read */
export function configurationOf({ entry, location }: NamedVm, snapshot: VmSnapshot): VmConfiguration {
  const waiting = new Set([...Object.keys(snapshot.pending), ...snapshot.pendingDeletes]);
  const drift = entry && planVm(entry.declared, snapshot);
  return {
    pendingChanges: waiting.size,
    ...(drift !== undefined && { driftedKeys: drift.changes.length + drift.problems.length }),
    judged: judgedFromLive({
      vmid: location.vmid,
      ...(entry && { key: entry.key }),
      status: snapshot.running ? "running" : "stopped",
      config: snapshot.current,
    }),
  };
}

/** By vmid and slot: the caps of every VM's own drives, and whether the policy misses one that nobody exempted. */
export function configuredDrives(
  vms: readonly JudgedVm[],
  { settings, exemptions }: Standard,
  today: string,
): ReadonlyMap<number, Readonly<Record<string, ConfiguredDrive>>> {
  const open = judgeFleet(vms, settings, exemptions, today).findings.filter(
    ({ rule, exempted }) => rule === "drive-has-caps" && exempted === undefined,
  );
  return new Map(
    vms.flatMap(({ vmid, drives }) => {
      if (vmid === undefined) return [];
      const isUncapped = (slot: string) => open.some((one) => one.vmid === vmid && one.slot === slot);
      const entries = Object.entries(drives).map(([slot, drive]) => [
        slot,
        { caps: capFigures(drive), uncapped: isUncapped(slot) },
      ]);
      return [[vmid, Object.fromEntries(entries)] as const];
    }),
  );
}
