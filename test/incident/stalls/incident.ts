import type { Sample } from "../../../incident/stalls/counter-looks.ts";
import type { VmRates } from "../../../proxmox/api/vm-statistics.ts";
import { type Minute, samplesOf } from "./series.ts";

/** The incident's day; all times UTC. */
const day = "2026-06-11";
export const utc = (time: string): number => Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`);

/** Last row with disk writes, and the first without. */
const wedged = utc("15:21");
const killed = utc("16:47:42");
const started = utc("16:48:31");

/** CPU of the healthy guest, 7 to 16 percent, in this order over and over. */
const healthyCpu = [0.09, 0.12, 0.07, 0.16, 0.1, 0.12];

/**
 * The incident from `from` to 16:50, minute by minute, as its facts are known: disk writes exactly zero from 15:21 on
 * for 87 minutes, network out from 380 K/s to 7 K/s, CPU from 11 percent up to 50 percent by 15:39, killed by hand at
 * 16:47:42, a new process at 16:48:31. Host pressure was ruled out, and nobody asked an agent.
 */
function minutes(from: number): Minute[] {
  const count = (utc("16:50") - from) / 60_000 + 1;
  return Array.from({ length: count }, (_, index) => {
    const at = from + index * 60_000;
    if (at > killed && at < started) return { status: "stopped" };
    if (at >= started)
      return { ...(at - started < 60_000 && { restart: true }), writes: { scsi0: 3000 }, cpu: 0.3 };
    if (at < wedged) return { cpu: healthyCpu[index % healthyCpu.length] ?? 0.1, netout: 380_000 };
    const climbed = Math.min(1, (at - wedged) / (utc("15:39") - wedged));
    return { writes: { scsi0: 0 }, cpu: 0.11 + 0.39 * climbed, netout: 7_000 };
  });
}

/** As `status/current` would have answered each minute. */
export function incidentSamples(from = utc("15:15")): Sample[] {
  return samplesOf(minutes(from), from);
}

/** As the host's round robin database has it: bytes per second of the minute that ends at each row's time. */
export function incidentRates(from = utc("15:15")): VmRates[] {
  return minutes(from).map(({ writes = { scsi0: 600 }, cpu = 0, netout = 0, status }, index) => ({
    at: from + index * 60_000,
    ...(status !== "stopped" && { cpu, netout, diskread: 0, diskwrite: (writes.scsi0 ?? 0) * 4096 }),
  }));
}
