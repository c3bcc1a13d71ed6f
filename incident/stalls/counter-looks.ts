import type { DriveStatistics, VmStatistics } from "../../proxmox/api/vm-statistics.ts";
import { allDrives, type Excluded, type Look, type Movement } from "./look.ts";
import type { StallRule } from "./stall-rule.ts";

/** A VM's figures with the time at which they were read. */
export interface Sample extends VmStatistics {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether the guest's agent answered; absent when it was not asked. */
  readonly agentAnswered?: boolean;
}

/** Locks under which a guest may be held. A backup is none: it copies while the guest goes on. */
const holding = /^(?:migrate|suspend|snapshot|rollback|clone|create|disk)/;

/**
 * What happened between two samples; undefined when the second is no later than the first. Counters that went
 * back, or belong to another process, say nothing of what happened.
 */
export function lookBetween(before: Sample, after: Sample, rule: StallRule): Look | undefined {
  if (after.at <= before.at) return undefined;
  const seconds = (after.at - before.at) / 1000;
  const restarted = isAnotherProcess(before, after);
  const excluded = exclusionOf(after, rule);
  const drives = restarted ? {} : movements(before.drives ?? {}, after.drives ?? {});
  const sent = restarted ? undefined : difference(before.netout, after.netout);
  return {
    from: before.at,
    to: after.at,
    drives,
    ...(restarted && { restarted }),
    ...excluded,
    ...(after.cpu !== undefined && { cpu: after.cpu }),
    ...(sent !== undefined && { netout: sent / seconds }),
    ...(after.ioPressure !== undefined && { ioPressure: after.ioPressure }),
    ...(after.agentAnswered !== undefined && { agent: after.agentAnswered }),
  };
}

/** Why nothing can be said of the drives of a VM that is like this; nothing when something can. */
export function exclusionOf(
  { status, qmpstatus, lock, uptime, drives }: VmStatistics,
  { boot }: Pick<StallRule, "boot">,
): { readonly excluded?: Excluded; readonly detail?: string } {
  if (status === "stopped") return { excluded: "stopped" };
  if (qmpstatus === "io-error") return { excluded: "io-error" };
  if (qmpstatus !== "running") return { excluded: "not running", detail: qmpstatus };
  if (lock !== undefined && holding.test(lock)) return { excluded: "locked", detail: lock };
  if (drives === undefined) return { excluded: "unanswered" };
  if (uptime < boot) return { excluded: "booting" };
  return {};
}

function isAnotherProcess(before: VmStatistics, after: VmStatistics): boolean {
  if (before.pid !== undefined && after.pid !== undefined && before.pid !== after.pid) return true;
  return before.status !== after.status || after.uptime < before.uptime;
}

function movements(
  before: Readonly<Record<string, DriveStatistics>>,
  after: Readonly<Record<string, DriveStatistics>>,
): Record<string, Movement> {
  const moved: Record<string, Movement> = {};
  const total = { completed: 0, written: 0 };
  let isWhole = true;
  for (const [slot, now] of Object.entries(after)) {
    const then = before[slot];
    const movement = then && movementBetween(then, now);
    if (movement === undefined) {
      isWhole = false;
      continue;
    }
    moved[slot] = movement;
    total.completed += movement.completed;
    total.written += movement.written;
  }
  // What is missing may have moved: a sum says something when it is whole, or when something moved anyway.
  const isKnown = Object.keys(moved).length > 0 && (isWhole || total.completed > 0);
  return isKnown ? { ...moved, [allDrives]: total } : moved;
}

function movementBetween(before: DriveStatistics, after: DriveStatistics): Movement | undefined {
  const completed = operations(after) - operations(before);
  const written = after.writeOperations - before.writeOperations;
  const wentBack = Object.keys(after).some(
    (key) => after[key as keyof DriveStatistics] < before[key as keyof DriveStatistics],
  );
  return wentBack ? undefined : { completed, written };
}

function operations(one: DriveStatistics): number {
  return one.readOperations + one.writeOperations + one.flushOperations + one.otherOperations;
}

function difference(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined || after < before ? undefined : after - before;
}
