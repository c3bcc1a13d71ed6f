import type { Figures } from "./figures.ts";

/** A figure that has a bar to stay under and a goal below it. */
export interface Bar {
  readonly name: string;
  readonly meaning: string;
  readonly bar: number;
  readonly goal: number;
  readonly value: number | null;
}

/** Every figure with its bar. */
export function barsOf({ ratios, ...figures }: Figures): Bar[] {
  const one = (name: string, meaning: string, bar: number, goal: number, value: number | null): Bar => ({
    name,
    meaning,
    bar,
    goal,
    value,
  });
  return [
    one("overFloor", "preview with refresh, 12 VMs: ours / empty program", 1.5, 1.15, ratios.overFloor),
    one(
      "estateRefreshPreview",
      "preview with refresh, 12 VMs: ours / Terraform",
      3,
      2,
      ratios.estateRefreshPreview,
    ),
    one(
      "slopeRefreshPreview",
      "added by each VM from 100 to 1,000, with refresh: ours / Terraform",
      1,
      0.5,
      ratios.slopeRefreshPreview,
    ),
    one("statusOverPlan", "`fleet status`, 12 VMs / `terraform plan`", 0.8, 0.4, ratios.statusOverPlan),
    one("overPlain", "adopted VMs / plain VmLegacy, 100 VMs, with refresh", 0.4, 0.2, ratios.overPlain),
    one(
      "overPlainCreated",
      "created VMs / plain VmLegacy, 100 VMs, with refresh",
      1.15,
      1,
      ratios.overPlainCreated,
    ),
    one("noopWrites", "up without changes: requests other than GET", 0, 0, figures.noopWrites),
    one("capPuts", "one cap changed: PUTs", 1, 1, figures.capPuts),
    one("getsPerVmRefresh", "GETs per adopted VM on refresh", 2, 1, figures.getsPerVmRefresh),
    one("peakMemoryMiB", "1,000 VMs: peak memory of all processes, MiB", 2048, 1024, figures.peakMemoryMiB),
    one(
      "statusOverIdeal",
      "`fleet status`, 1,000 VMs at 20 ms / calls x latency / concurrency",
      1.5,
      1.1,
      ratios.statusOverIdeal,
    ),
  ];
}
