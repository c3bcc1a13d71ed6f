import type { Sample } from "../../bench/measure.ts";

/** A run of the preview with refresh of 12 adopted VMs, with what a test says about it. */
export function sample(more: Partial<Sample>): Sample {
  return {
    subject: "adopted",
    operation: "refresh",
    vms: 12,
    latencyMs: 0,
    seconds: 1,
    calls: {},
    cpuSeconds: {},
    peakMiB: {},
    peakTotalMiB: 0,
    ...more,
  };
}
