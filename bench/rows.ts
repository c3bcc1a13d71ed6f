import type { Calls } from "./calls.ts";
import type { Sample } from "./measure.ts";
import { median } from "./median.ts";
import type { Operation, SubjectName } from "./options.ts";
import { type Kind, kinds } from "./process-kind.ts";
import { type Summary, summary } from "./summary.ts";

/** What all repetitions of one operation say together. */
export interface Row {
  readonly subject: SubjectName;
  readonly operation: Operation;
  readonly vms: number;
  readonly latencyMs: number;
  readonly runs: number;
  readonly seconds: Summary;
  /** CPU seconds by kind of process: medians. */
  readonly cpuSeconds: Readonly<Partial<Record<Kind, number>>>;
  /** The most memory by kind of process, in MiB. */
  readonly peakMiB: Readonly<Partial<Record<Kind, number>>>;
  /** The most memory of all processes together, in MiB. */
  readonly peakTotalMiB: number;
  /** Those of the last repetition. */
  readonly calls: Calls;
}

/** Which row: everything but what was measured. */
export type RowKey = Pick<Row, "subject" | "operation" | "vms" | "latencyMs">;

/** One row for each operation of each subject, in the order of the first samples. */
export function rowsOf(samples: readonly Sample[]): Row[] {
  const groups = Map.groupBy(samples, ({ subject, operation, vms, latencyMs }) =>
    [subject, operation, vms, latencyMs].join(" "),
  );
  return [...groups.values()].map(rowOf);
}

function rowOf(samples: readonly Sample[]): Row {
  const [{ subject, operation, vms, latencyMs }] = samples as [Sample];
  return {
    subject,
    operation,
    vms,
    latencyMs,
    runs: samples.length,
    seconds: summary(samples.map(({ seconds }) => seconds)),
    cpuSeconds: byKind(samples, ({ cpuSeconds }) => cpuSeconds, median),
    peakMiB: byKind(
      samples,
      ({ peakMiB }) => peakMiB,
      (figures) => Math.max(...figures),
    ),
    peakTotalMiB: Math.max(...samples.map(({ peakTotalMiB }) => peakTotalMiB)),
    calls: samples.at(-1)?.calls ?? {},
  };
}

function byKind(
  samples: readonly Sample[],
  figures: (sample: Sample) => Readonly<Partial<Record<Kind, number>>>,
  combined: (figures: readonly number[]) => number,
): Partial<Record<Kind, number>> {
  const present = kinds.filter((kind) => samples.some((sample) => kind in figures(sample)));
  return Object.fromEntries(
    present.map((kind) => [kind, combined(samples.map((sample) => figures(sample)[kind] ?? 0))]),
  );
}

/** The row of that key; undefined when it was not measured. */
export function rowAt(rows: readonly Row[], key: RowKey): Row | undefined {
  return rows.find(
    (row) =>
      row.subject === key.subject &&
      row.operation === key.operation &&
      row.vms === key.vms &&
      row.latencyMs === key.latencyMs,
  );
}
