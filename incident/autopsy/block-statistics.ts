import { z } from "zod";

/** Counters of a VM's drives by slot, as Proxmox's `blockstat` has them. */
export type BlockStatistics = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Drives' counters at one moment. */
export interface BlockSample {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly blockstat: BlockStatistics;
}

const answer = z.array(
  z.looseObject({
    device: z.string().optional(),
    qdev: z.string().optional(),
    stats: z.record(z.string(), z.unknown()),
  }),
);

/**
 * QMP's `query-blockstats` in the form that Proxmox's `status/current` gives it: by slot.
 * Devices without a name of their own are left out, as Proxmox does.
 */
export function blockstatOf(queryBlockstats: unknown): BlockStatistics {
  const named = answer.parse(queryBlockstats).flatMap(({ device, qdev, stats }) => {
    const slot = device ? device.replace("drive-", "") : slotOf(qdev);
    return slot === undefined ? [] : [[slot, stats] as const];
  });
  return Object.fromEntries(named);
}

/** The slot behind a device's id: for virtio QEMU answers a path. */
export function slotOf(qdev: string | undefined): string | undefined {
  const virtio = /^\/machine\/peripheral\/(virtio\d+)\/virtio-backend$/.exec(qdev ?? "");
  return virtio?.[1] ?? (qdev || undefined);
}

/** What a drive did between two samples; one that was never written to is idle, whatever else. */
export type Movement = "moves" | "stands still" | "idle";

const counters = ["wr_operations", "wr_bytes", "rd_operations", "rd_bytes"];

/** By slot, whether completed operations moved. A drive that was written to and has nothing to do stands still too. */
export function movementsOf(first: BlockStatistics, second: BlockStatistics): Record<string, Movement> {
  const movements = Object.entries(second).map(([slot, after]): [string, Movement] => {
    const before = first[slot] ?? {};
    const moved = counters.some((key) => Number(before[key] ?? 0) !== Number(after[key] ?? 0));
    if (moved) return [slot, "moves"];
    return [slot, Number(after.wr_operations ?? 0) > 0 ? "stands still" : "idle"];
  });
  return Object.fromEntries(movements);
}
