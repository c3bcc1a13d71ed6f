import type { VmRates } from "../../proxmox/api/vm-statistics.ts";
import { exclusionOf, lookBetween, type Sample } from "./counter-looks.ts";
import { looksFromRates } from "./rate-looks.ts";
import type { StallRule } from "./stall-rule.ts";
import { type VmVerdict, verdictOf } from "./verdict.ts";
import { newVmWatch, type VmWatch, watchVm } from "./vm-watch.ts";

/** One VM under watch, from sample to sample. */
export interface VmMonitor {
  readonly watch: VmWatch;
  /** The last sample in which QMP answered, or said that nothing runs. */
  readonly last: Sample;
}

/**
 * Begins to watch a VM, with what the last hour's rates say of the process that runs now.
 *
 * @param rates none where only what is seen from now on shall count
 */
export function newMonitor(sample: Sample, rates: readonly VmRates[], rule: StallRule): VmMonitor {
  const started = sample.at - sample.uptime * 1000;
  // Rates do not say since when a VM is paused, or locked: what they show may come of that.
  const isKnown = exclusionOf(sample, rule).excluded === undefined;
  const looks = isKnown ? looksFromRates(rates, started + rule.boot * 1000, sample.at) : [];
  const watch = looks.reduce((so, look) => watchVm(so, look, rule), newVmWatch);
  return { watch, last: sample };
}

/** Goes on by one sample; one that is no later than the last, as when a clock was set back, changes nothing. */
export function monitored(monitor: VmMonitor, sample: Sample, rule: StallRule): VmMonitor {
  const look = lookBetween(monitor.last, sample, rule);
  if (look === undefined) return monitor;
  const watch = watchVm(monitor.watch, look, rule);
  // What QMP does not answer leaves the counters where they were, to be compared with the next answer.
  return { watch, last: look.excluded === "unanswered" ? monitor.last : sample };
}

/** The verdict on a VM as it is in a sample that {@link monitored} has seen. */
export function verdictNow({ watch }: VmMonitor, sample: Sample, rule: StallRule): VmVerdict {
  return verdictOf(watch, sample, rule);
}
