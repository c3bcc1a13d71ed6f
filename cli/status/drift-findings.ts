import { effects } from "../../proxmox/report.ts";
import type { Difference, ThreeWay } from "../../proxmox/three-way.ts";
import type { PendingChange } from "../../proxmox/undeclared-pending.ts";
import type { FindingKind, StatusFinding } from "./finding.ts";

/** A finding before it is known whose it is. */
export type KeyFinding = Omit<StatusFinding, "vm" | "vmid" | "line">;

const unseenEdit =
  "pulumi up would write it; the edit is in the config at once, while QEMU goes on with what it was started with, unless it was restarted since: no API shows it";

/** What differs between declared, configured and waiting, key by key. */
export function driftFindings(
  { drifted, waiting }: Pick<ThreeWay, "drifted" | "waiting">,
  restart: string,
): KeyFinding[] {
  return [
    ...drifted.map((one) => ofDifference("drifted", one, stepOf(one), whatUpDoes(one))),
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

const absent = "(absent)";

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
  return `${path}: ${configured}${waits} => ${declared}`;
}

function whatUpDoes({ declared, configured, waiting, effect }: Difference): string {
  if (waiting !== undefined && configured === declared) {
    return "QEMU runs what is declared, and another value waits: pulumi up would take it back";
  }
  return effect === "invisible" ? unseenEdit : `pulumi up would write it; ${effects[effect]}`;
}
