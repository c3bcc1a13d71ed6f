import type { Evidence } from "./evidence.ts";
import { clock, dayAndMinute, duration, minute } from "./format.ts";
import { type Point, type StallWindow, stallWindow } from "./series.ts";

/** What the evidence says, in a sentence, and what carries it. */
export interface Verdict {
  readonly tone: "stalled" | "quiet" | "unknown";
  readonly headline: string;
  readonly reasons: readonly string[];
  readonly window: StallWindow | undefined;
}

/** A figure before the window and within it. */
export interface Change {
  readonly key: "netout" | "cpu" | "diskwrite" | "diskread" | "pressure";
  readonly before: number;
  readonly within: number;
}

/**
 * Judges by what was captured alone: drives that stand still between two samples, and the longest silence of
 * `diskwrite` in the figures.
 */
export function verdictOf(evidence: Evidence): Verdict {
  const { series, moved, qemuStatus, manifest } = evidence;
  const window = stallWindow(series);
  const stuck = Object.entries(moved?.drives ?? {}).flatMap(([slot, one]) =>
    one === "stands still" ? [slot] : [],
  );
  const reasons: string[] = [];
  if (window !== undefined) {
    const when = window.open
      ? `since ${dayAndMinute(window.from)}, still at the last figure`
      : `from ${dayAndMinute(window.from)} to ${minute(window.to)}`;
    reasons.push(
      `Proxmox's own figures: disk writes are exactly 0 ${when} (${duration(window.to - window.from)}), after the VM had written.`,
    );
  }
  if (moved !== undefined && stuck.length > 0) {
    reasons.push(
      `QEMU's counters: no operation completed on ${stuck.join(", ")} between ${clock(moved.from)} and ${clock(moved.to)}.`,
    );
  }
  reasons.push(...silences(evidence, window));
  if (qemuStatus !== undefined) reasons.push(`QEMU answers and says it is ${qemuStatus}.`);
  if (stuck.length > 0 && (window?.open ?? series.length === 0)) {
    const since = window === undefined ? "" : ` since ${minute(window.from)} UTC`;
    return {
      tone: "stalled",
      headline: `${stuck.join(", ")} stands still${since}, while QEMU answers.`,
      reasons,
      window,
    };
  }
  if (window !== undefined) {
    const range = window.open
      ? `since ${minute(window.from)}`
      : `from ${minute(window.from)} to ${minute(window.to)}`;
    const headline = `Nothing was written ${range} UTC: ${duration(window.to - window.from)}.`;
    return { tone: "stalled", headline, reasons, window };
  }
  if (stuck.length > 0 && moved !== undefined) {
    const headline = `${stuck.join(", ")} completed nothing from ${clock(moved.from)} to ${clock(moved.to)} UTC; Proxmox's figures show no stall yet.`;
    return { tone: "unknown", headline, reasons, window };
  }
  if (series.length === 0 && moved === undefined) {
    return { tone: "unknown", headline: "There are no figures to judge by.", reasons, window };
  }
  const moment = dayAndMinute(Date.parse(manifest.started));
  return { tone: "quiet", headline: `No stall is seen in what was captured at ${moment}.`, reasons, window };
}

/** Logs that end shortly before the window and are silent in it, as a guest's is whose disk is gone. */
function silences({ happenings }: Evidence, window: StallWindow | undefined): string[] {
  if (window === undefined) return [];
  const sources = Map.groupBy(happenings, ({ source }) => source);
  return [...sources].flatMap(([source, lines]) => {
    const last = lines.findLast(({ at }) => at < window.from + 60_000);
    const silent = !lines.some(({ at }) => at >= window.from + 60_000 && at < window.to);
    if (source === "task" || last === undefined || !silent || window.from - last.at > 600_000) return [];
    return [`${source}: the last line is of ${clock(last.at)}; nothing more for the rest of the window.`];
  });
}

/** Medians of the half hour before the window, and of the second half of the window. */
export function changesOf(series: readonly Point[], window: StallWindow): Change[] {
  const middle = (window.from + window.to) / 2;
  const before = series.filter(({ at }) => at < window.from && at >= window.from - 1_800_000);
  const within = series.filter(({ at }) => at >= middle && at < window.to);
  return (["diskwrite", "netout", "cpu", "diskread", "pressure"] as const).flatMap((key) => {
    const medians = [median(before, key), median(within, key)] as const;
    const [was, is] = medians;
    return was === undefined || is === undefined ? [] : [{ key, before: was, within: is }];
  });
}

function median(points: readonly Point[], key: Change["key"]): number | undefined {
  const values = points.flatMap((point) => point[key] ?? []).sort((one, other) => one - other);
  return values[Math.floor(values.length / 2)];
}
