import type { SourceCounts } from "../../incident/listener/intake.ts";

/** What a listener took while it ran. */
export interface ListenReport {
  readonly from: string;
  readonly to: string;
  /** Datagrams that reached the listener: each is written, over its source's rate, or could not be written. */
  readonly total: SourceCounts;
  /** Datagrams that the kernel dropped, since the buffer was full; null where it does not say. */
  readonly droppedByKernel: number | null;
  /** By VM; `(unknown)` are all other sources together. */
  readonly sources: Readonly<Record<string, Readonly<SourceCounts>>>;
}

/** The counts of all sources together. */
export function totalOf(sources: ListenReport["sources"]): SourceCounts {
  const total: SourceCounts = { received: 0, written: 0, overRate: 0, notWritten: 0, cut: 0 };
  for (const counts of Object.values(sources)) {
    for (const key of Object.keys(total) as (keyof SourceCounts)[]) total[key] += counts[key];
  }
  return total;
}

/** One line: what came, and what became of it. */
export function countsLine(counts: SourceCounts, droppedByKernel?: number | null): string {
  const { received, written, overRate, notWritten, cut } = counts;
  const kernel = droppedByKernel === undefined ? "" : `, ${droppedByKernel ?? "?"} dropped by the kernel`;
  return `${received} received, ${written} written, ${overRate} over the rate, ${notWritten} not written, ${cut} cut${kernel}`;
}

/** The report as text: all together, then each source from which something came. */
export function listenText({ from, to, total, droppedByKernel, sources }: ListenReport): string {
  const came = Object.entries(sources).filter(([, { received }]) => received > 0);
  const width = Math.max(0, ...came.map(([name]) => name.length));
  return [
    `${from} to ${to}: ${countsLine(total, droppedByKernel)}`,
    ...came.map(([name, counts]) => `  ${name.padEnd(width)}  ${countsLine(counts)}`),
    "",
  ].join("\n");
}
