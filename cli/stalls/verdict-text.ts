import type { DriveVerdict, VmVerdict } from "../../incident/stalls/verdict.ts";
import type { Vote } from "../../incident/stalls/votes.ts";

/** `2026-06-11 15:21:00 UTC`. */
export function utcText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `stalled since 2026-06-11 15:21:00 UTC (CPU 11 % => 15 %, network out 380 kB/s => 7 kB/s)`. */
export function driveText({ state, since, votes }: DriveVerdict): string {
  if (state === "moving" || since === undefined) return "completes operations";
  const signals = votes.length === 0 ? "" : ` (${votes.map(voteText).join(", ")})`;
  const word = state === "quiet" ? "quiet" : `${state}: stands still`;
  return `${word} since ${utcText(since)}${signals}`;
}

/** Why nothing is said of a VM's drives: `paused`, `locked: migrate`. */
export function exclusionText({ excluded, detail }: VmVerdict): string | undefined {
  switch (excluded) {
    case "not running":
      return `QEMU says ${detail}`;
    case "io-error":
      return "io-error: QEMU stopped the guest because of an error of a drive";
    case "unanswered":
      return "QMP does not answer, so that nothing is known of its drives";
    case "booting":
      return "its QEMU process is younger than five minutes";
    case "locked":
      return `locked: ${detail}`;
    default:
      return excluded;
  }
}

/** `1 VM`, `2 VMs`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function voteText({ signal, before, now }: Vote): string {
  switch (signal) {
    case "agent":
      return "agent answered => silent";
    case "cpu":
      return `CPU ${percent(before * 100)} => ${percent(now * 100)}`;
    case "network":
      return `network out ${rate(before)} => ${rate(now)}`;
    case "pressure":
      return `I/O pressure ${percent(before)} => ${percent(now)}`;
  }
}

function percent(value: number): string {
  return `${Math.round(value)} %`;
}

function rate(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB/s`;
}
