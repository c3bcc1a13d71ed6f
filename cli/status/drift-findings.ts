import { absent, effects } from "../../proxmox/report.ts";
import type { Difference, ThreeWay } from "../../proxmox/three-way.ts";
import type { PendingChange } from "../../proxmox/undeclared-pending.ts";
import type { FindingKind, StatusFinding } from "./finding.ts";

/** A finding before it is known whose it is. */
export type KeyFinding = Omit<StatusFinding, "vm" | "vmid" | "line">;

const unseenEdit =
  "the edit is in the config at once, while QEMU goes on with what it was started with, unless it was restarted since: no API shows it";

/** What differs between declared, configured and waiting, key by key. */
export function driftFindings(
  { drifted, waiting, problems }: Pick<ThreeWay, "drifted" | "waiting" | "problems">,
  restart: string,
): KeyFinding[] {
  return [
    ...drifted.map((one) => ofDifference("drifted", one, stepOf(one), whatUpDoes(one, problems.length > 0))),
    ...waiting.map((one) =>
      ofDifference("waiting", one, stepOf(one), `waits for a cold stop and start: ${restart}`),
    ),
  ];
}

/** What other hands left pending. */
export function undeclaredFindings(changes: readonly PendingChange[]): KeyFinding[] {
  return changes.map(({ path, slot, from, to }) => ({
    kind: "waiting-undeclared",
    slot,
    path,
    ...(from !== undefined && { configured: from }),
    waiting: to ?? null,
    message: `${path}: ${from ?? absent} => ${to ?? absent}  [not declared; true from the next cold stop and start]`,
  }));
}

function ofDifference(kind: FindingKind, one: Difference, step: string, note: string): KeyFinding {
  const { path, slot, declared, configured, waiting, effect } = one;
  return {
    kind,
    slot,
    path,
    declared,
    ...(configured !== undefined && { configured }),
    ...(waiting !== undefined && { waiting }),
    ...(kind === "drifted" && { effect }),
    message: `${step}  [${note}]`,
  };
}

/** `drives.scsi0.mbps_rd: 500 => 150`, with what waits where that is a third value. */
function stepOf({ path, declared, configured = absent, waiting }: Difference): string {
  const waits = waiting === undefined || waiting === declared ? "" : ` (then ${waiting ?? absent})`;
  return `${path}: ${configured}${waits} => ${declared ?? absent}`;
}

function whatUpDoes({ declared, configured, waiting, effect }: Difference, isRefused: boolean): string {
  const writes = `pulumi up would write it${isRefused ? " once the VM's problem is solved" : ""}`;
  if (waiting !== undefined && (configured ?? null) === declared) {
    return "QEMU runs what is declared, and another value waits: pulumi up would take it back";
  }
  return `${writes}; ${effect === "invisible" ? unseenEdit : effects[effect]}`;
}
