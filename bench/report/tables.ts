import { barsOf } from "../bars.ts";
import { countCalls, countWrites } from "../calls.ts";
import type { CpuProfile } from "../cpu-profile.ts";
import type { Figures } from "../figures.ts";
import { operations, subjects } from "../options.ts";
import type { PackCost } from "../policy-pack.ts";
import { kinds } from "../process-kind.ts";
import type { Row } from "../rows.ts";
import type { Summary } from "../summary.ts";
import { operationWords, shown, subjectWords } from "./words.ts";

/** A table in Markdown: figures to the right. */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = heads.map((_, column) => (column === 0 ? "---" : "---:"));
  return [heads, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Every figure that has a bar. */
export function barTable(figures: Figures): string {
  const verdict = (value: number | null, bar: number, goal: number): string => {
    if (value === null) return "";
    return value <= goal ? "goal" : value <= bar ? "bar" : "missed";
  };
  return table(
    ["figure", "meaning", "bar", "goal", "measured", "reached"],
    barsOf(figures).map(({ name, meaning, bar, goal, value }) => [
      `\`${name}\``,
      meaning,
      String(bar),
      String(goal),
      shown(value),
      verdict(value, bar, goal),
    ]),
  );
}

/** Seconds of every operation: median, with the least and the greatest. */
export function timeTables(rows: readonly Row[]): string {
  return operations
    .filter((operation) => rows.some((row) => row.operation === operation))
    .map((operation) => {
      const those = rows.filter((row) => row.operation === operation);
      const columns = columnsOf(those);
      const lines = subjects.flatMap((subject) => {
        const own = those.filter((row) => row.subject === subject);
        if (own.length === 0) return [];
        return [[subjectWords[subject], ...columns.map(({ is }) => spread(own.find(is)?.seconds))]];
      });
      return `### ${operationWords[operation]}\n\n${table(["seconds", ...columns.map(({ head }) => head)], lines)}`;
    })
    .join("\n\n");
}

function columnsOf(rows: readonly Row[]): { head: string; is: (row: Row) => boolean }[] {
  const heads = new Map(
    rows
      .toSorted((a, b) => a.latencyMs - b.latencyMs || a.vms - b.vms)
      .map(({ vms, latencyMs }) => [`${vms} at ${latencyMs} ms`, { vms, latencyMs }]),
  );
  return [...heads].map(([head, column]) => ({
    head,
    is: (row) => row.vms === column.vms && row.latencyMs === column.latencyMs,
  }));
}

function spread(seconds: Summary | undefined): string {
  if (seconds === undefined) return "";
  const { min, median, max } = seconds;
  const middle = median.toFixed(2);
  return min === max ? middle : `${middle} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

/** CPU seconds and memory by kind of process, for the preview with refresh. */
export function processTable(rows: readonly Row[]): string {
  const latencyMs = Math.min(...rows.map((row) => row.latencyMs));
  const those = rows.filter((row) => row.operation === "refresh" && row.latencyMs === latencyMs);
  const present = kinds.filter((kind) => those.some(({ cpuSeconds }) => kind in cpuSeconds));
  const lines = those.map(({ subject, vms, cpuSeconds, peakMiB, peakTotalMiB }) => [
    `${subjectWords[subject]}, ${vms}`,
    ...present.map((kind) => {
      const seconds = cpuSeconds[kind];
      return seconds === undefined ? "" : `${seconds.toFixed(2)} s, ${Math.round(peakMiB[kind] ?? 0)} MiB`;
    }),
    `${Math.round(peakTotalMiB)} MiB`,
  ]);
  return table(["VMs", ...present, "together"], lines);
}

/** API calls of every operation at the largest size of each subject. */
export function callTable(rows: readonly Row[]): string {
  const latencyMs = Math.min(...rows.map((row) => row.latencyMs));
  const lines = rows
    .filter((row) => row.latencyMs === latencyMs && row.subject !== "empty")
    .filter((row) =>
      rows.every(
        (other) => other.subject !== row.subject || other.operation !== row.operation || other.vms <= row.vms,
      ),
    )
    .map(({ subject, operation, vms, calls }) => [
      `${subjectWords[subject]}, ${vms}: ${operation}`,
      String(countCalls(calls)),
      String(countWrites(calls)),
      Object.entries(calls)
        .slice(0, 6)
        .map(([kind, count]) => `${count} ${kind}`)
        .join("; "),
    ]);
  return table(["run", "calls", "that write", "the most frequent"], lines);
}

/** What the policy pack costs a preview. */
export function packTable({ without, withPack, cost, ratio }: PackCost): string {
  const line = (name: string, { min, median, max }: Summary) => [
    name,
    min.toFixed(2),
    median.toFixed(2),
    max.toFixed(2),
  ];
  return `${table(
    ["seconds", "minimum", "median", "maximum"],
    [
      line("without the pack", without),
      line("with the pack", withPack),
      line("the pack's cost, pair by pair", cost),
    ],
  )}\n\nWith the pack over without, medians: ${ratio.toFixed(2)}.`;
}

/** Whose code runs in each kind of process, the most expensive first. */
export function profileTable(profiles: readonly CpuProfile[]): string {
  const sum = (milliseconds: readonly number[]) => milliseconds.reduce((one, other) => one + other, 0);
  const total = (place: string) => sum(profiles.map(({ places }) => places[place] ?? 0));
  const names = [...new Set(profiles.flatMap(({ places }) => Object.keys(places)))];
  const lines = names
    .toSorted((a, b) => total(b) - total(a))
    .filter((place) => total(place) >= 10)
    .map((place) => [place, ...profiles.map(({ places }) => (places[place] ?? 0).toFixed(0))]);
  const sums = profiles.map(({ places }) => sum(Object.values(places)).toFixed(0));
  return table(["milliseconds", ...profiles.map(({ kind }) => kind)], [["all", ...sums], ...lines]);
}
