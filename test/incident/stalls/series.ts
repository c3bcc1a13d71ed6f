import type { Sample } from "../../../incident/stalls/counter-looks.ts";
import { type StallRule, usualRule } from "../../../incident/stalls/stall-rule.ts";
import type { VmVerdict } from "../../../incident/stalls/verdict.ts";
import { monitored, newMonitor, verdictNow } from "../../../incident/stalls/vm-monitor.ts";
import type { DriveStatistics, VmRates } from "../../../proxmox/api/vm-statistics.ts";

/** What a guest did in one step of a series; rates in bytes per second. */
export interface Minute {
  /** Operations written, by slot. @default `{ scsi0: 600 }` */
  readonly writes?: Readonly<Record<string, number>>;
  readonly reads?: Readonly<Record<string, number>>;
  readonly cpu?: number;
  readonly netout?: number;
  readonly ioPressure?: number;
  readonly agent?: boolean;
  readonly status?: "running" | "stopped";
  readonly qmpstatus?: string;
  readonly lock?: string;
  /** A new QEMU process. */
  readonly restart?: boolean;
  /** QMP does not answer. */
  readonly silent?: boolean;
  /** Nobody looked. */
  readonly missed?: boolean;
}

export const busy: Minute = { writes: { scsi0: 600 }, cpu: 0.11, netout: 380_000 };

export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** The drive stands still, and CPU and network vote. */
export const still: Minute = { writes: { scsi0: 0 }, cpu: 0.4, netout: 5_000 };

/** Twenty busy minutes, then ten in which the drive stands still with two votes. */
export const stalled = [...times(20, busy), ...times(10, still)];

/** Cumulative samples, `step` seconds apart, of a VM that has run for a day. */
export function samplesOf(minutes: readonly Minute[], start: number, step = 60): Sample[] {
  let counters: Record<string, DriveStatistics> = {};
  let [pid, sent, bootedAt] = [1000, 0, start - 86_400_000];
  const samples: Sample[] = [];
  for (const [index, minute] of minutes.entries()) {
    const at = start + index * step * 1000;
    const { status = "running", writes = { scsi0: 600 }, netout = 0, cpu = 0.04 } = minute;
    if (minute.restart) [pid, sent, bootedAt, counters] = [pid + 1, 0, at, {}];
    sent += netout * step;
    const slots = new Set([...Object.keys(counters), ...Object.keys(writes)]);
    counters = Object.fromEntries(
      [...slots].map((slot) => [slot, grown(counters[slot], writes[slot] ?? 0, minute.reads?.[slot] ?? 0)]),
    );
    if (minute.missed) continue;
    const running = status === "running";
    samples.push({
      at,
      status,
      qmpstatus: minute.qmpstatus ?? status,
      uptime: running ? (at - bootedAt) / 1000 : 0,
      ...(running && { pid, cpu, netout: sent }),
      ...(running && !minute.silent && { drives: counters }),
      ...(minute.lock !== undefined && { lock: minute.lock }),
      ...(minute.ioPressure !== undefined && { ioPressure: minute.ioPressure }),
      ...(minute.agent !== undefined && { agentAnswered: minute.agent }),
    });
  }
  return samples;
}

function grown(before: DriveStatistics | undefined, writes: number, reads: number): DriveStatistics {
  const then = before ?? zero;
  return {
    readOperations: then.readOperations + reads,
    writeOperations: then.writeOperations + writes,
    flushOperations: then.flushOperations + Math.ceil(writes / 20),
    otherOperations: 0,
    readBytes: then.readBytes + reads * 4096,
    writtenBytes: then.writtenBytes + writes * 4096,
  };
}

const zero: DriveStatistics = {
  readOperations: 10,
  writeOperations: 10,
  flushOperations: 10,
  otherOperations: 0,
  readBytes: 40_960,
  writtenBytes: 40_960,
};

/** One verdict per sample, with its time. */
export function verdicts(
  samples: readonly Sample[],
  rates: readonly VmRates[] = [],
  rule: StallRule = usualRule,
): { readonly at: number; readonly verdict: VmVerdict }[] {
  const [first, ...rest] = samples;
  if (first === undefined) return [];
  let monitor = newMonitor(first, rates, rule);
  const said = [{ at: first.at, verdict: verdictNow(monitor, first, rule) }];
  for (const sample of rest) {
    monitor = monitored(monitor, sample, rule);
    said.push({ at: sample.at, verdict: verdictNow(monitor, sample, rule) });
  }
  return said;
}

/** `15:24 scsi0` for each drive at the first moment that it is called. */
export function calls(
  samples: readonly Sample[],
  rates: readonly VmRates[] = [],
  rule = usualRule,
): string[] {
  const seen = new Set<string>();
  return verdicts(samples, rates, rule).flatMap(({ at, verdict }) =>
    verdict.drives.flatMap(({ slot, state, calledAt }) => {
      const key = `${slot} ${calledAt}`;
      if (state !== "stalled" || seen.has(key)) return [];
      seen.add(key);
      return [`${new Date(at).toISOString().slice(11, 16)} ${slot}`];
    }),
  );
}
