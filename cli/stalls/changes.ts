import type { DriveVerdict } from "../../incident/stalls/verdict.ts";
import { printable } from "../../proxmox/printable.ts";
import type { WatchedVm } from "./look-round.ts";
import { driveText, exclusionText, utcText } from "./verdict-text.ts";
import { captureCommand } from "./vm-names.ts";

/** Something that is different from the last look, in a line. */
export interface StallChange {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly vmid: number;
  readonly slot?: string;
  readonly state: string;
  readonly text: string;
}

/**
 * What changed of a VM since the last look: drives that are stalled, suspected, or neither any more; and why nothing
 * is said of them. The first look says only what is not as it should be.
 */
export function changesOf(before: WatchedVm | undefined, now: WatchedVm): StallChange[] {
  const { vm, sample, verdict } = now;
  const at = new Date(sample.at).toISOString();
  const { vmid } = vm.location;
  const line = (what: string) => printable(`${utcText(sample.at)} ${vm.label} ${what}`);
  const exclusion = exclusionText(verdict);
  const hasChanged = before !== undefined && exclusionText(before.verdict) !== exclusion;
  const said =
    hasChanged || (before === undefined && verdict.excluded === "io-error")
      ? [
          {
            at,
            vmid,
            state: verdict.excluded ?? "running",
            text: line(exclusion ?? "runs, and its statistics are served"),
          },
        ]
      : [];
  const slots = new Set([...(before?.verdict.drives ?? []), ...verdict.drives].map(({ slot }) => slot));
  const drives = [...slots].flatMap((slot): StallChange[] => {
    const then = driveOf(before, slot);
    const is = driveOf(now, slot);
    if (loudness(then) === loudness(is)) return [];
    const state = is?.state ?? "gone";
    return [{ at, vmid, slot, state, text: line(`${slot}: ${whatNow(is, then, now)}`) }];
  });
  return [...said, ...drives];
}

function driveOf(watched: WatchedVm | undefined, slot: string): DriveVerdict | undefined {
  return watched?.verdict.drives.find((drive) => drive.slot === slot);
}

/** Moving and quiet are one: neither is worth a line. */
function loudness(drive: DriveVerdict | undefined): string {
  return drive?.state === "stalled" || drive?.state === "suspected" ? drive.state : "calm";
}

function whatNow(
  is: DriveVerdict | undefined,
  then: DriveVerdict | undefined,
  { vm, verdict }: WatchedVm,
): string {
  if (is?.state === "stalled") return `${driveText(is)}; first: ${captureCommand(vm)}`;
  if (is?.state === "suspected") return driveText(is);
  const why = exclusionText(verdict) ?? (is === undefined ? "the drive is gone" : driveText(is));
  return `no longer ${then?.state}: ${why}`;
}
