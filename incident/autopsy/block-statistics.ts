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

/** Drives that were written to before, and whose completed operations did not move from one sample to the next. */
export function drivesStandingStill(first: BlockStatistics, second: BlockStatistics): string[] {
  return Object.entries(first).flatMap(([slot, before]) => {
    const after = second[slot];
    const wrote = Number(before.wr_operations ?? 0) > 0;
    const still = ["wr_operations", "wr_bytes", "rd_operations", "rd_bytes"].every(
      (key) => Number(before[key] ?? 0) === Number(after?.[key] ?? 0),
    );
    return after !== undefined && wrote && still ? [slot] : [];
  });
}
