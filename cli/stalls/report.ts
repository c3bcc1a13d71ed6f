import type { StallRule } from "../../incident/stalls/stall-rule.ts";
import { isFinding } from "../../incident/stalls/verdict.ts";
import type { Vote } from "../../incident/stalls/votes.ts";
import type { UnreadVm, WatchedVm } from "./look-round.ts";
import { captureCommand, vmName } from "./vm-names.ts";

/** What is said of one drive; times in UTC, ISO 8601. */
interface ReportedDrive {
  readonly slot: string;
  readonly state: string;
  readonly since?: string;
  readonly lastMoved?: string;
  readonly calledAt?: string;
  readonly votes: readonly Vote[];
}

/** What is said of one VM. */
interface ReportedVm {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly qmpstatus: string;
  /** Why nothing is said of its drives. */
  readonly excluded?: string;
  readonly detail?: string;
  /** The drives that have ever written. */
  readonly drives: readonly ReportedDrive[];
  /** Somebody should look at it now. */
  readonly finding: boolean;
  /** What captures its evidence; there when it is a finding. */
  readonly capture?: string;
}

/** What `fleet stalls` found. */
export interface StallReport {
  readonly source: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** What was judged by, in seconds and counts. */
  readonly rule: StallRule;
  readonly vms: readonly ReportedVm[];
  readonly unread: readonly { readonly vmid: number; readonly name: string; readonly reason: string }[];
}

/** The report of one round of looks. */
export function stallReport(
  source: string,
  at: number,
  rule: StallRule,
  watched: readonly WatchedVm[],
  unread: readonly UnreadVm[],
): StallReport {
  return {
    source,
    at: iso(at),
    rule,
    vms: watched.map(reportedVm),
    unread: unread.map(({ vm, reason }) => ({ vmid: vm.location.vmid, name: vmName(vm), reason })),
  };
}

function reportedVm({ vm, sample, verdict }: WatchedVm): ReportedVm {
  const { vmid, node } = vm.location;
  const finding = isFinding(verdict);
  return {
    vmid,
    name: vmName(vm),
    node,
    qmpstatus: sample.qmpstatus,
    ...(verdict.excluded !== undefined && { excluded: verdict.excluded }),
    ...(verdict.detail !== undefined && { detail: verdict.detail }),
    drives: verdict.drives.map(({ slot, state, votes, since, lastMoved, calledAt }) => ({
      slot,
      state,
      ...(since !== undefined && { since: iso(since) }),
      ...(lastMoved !== undefined && { lastMoved: iso(lastMoved) }),
      ...(calledAt !== undefined && { calledAt: iso(calledAt) }),
      votes,
    })),
    finding,
    ...(finding && { capture: captureCommand(vm) }),
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
