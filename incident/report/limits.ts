import { z } from "zod";
import { slotOf } from "../autopsy/block-statistics.ts";

/** What limits a drive inside QEMU. */
export interface DriveLimits {
  /** Slot, or name of a throttle group. */
  readonly name: string;
  /** `writes 62.9 MB/s`; empty where there is no limit. */
  readonly limits: readonly { readonly what: string; readonly value: number; readonly bytes: boolean }[];
}

const state = z.object({
  drives: z.array(
    z.looseObject({
      device: z.string(),
      qdev: z.string().optional(),
      limits: z.record(z.string(), z.unknown()),
    }),
  ),
  groups: z.record(z.string(), z.record(z.string(), z.unknown())),
});

const names: readonly (readonly [RegExp, string, boolean])[] = [
  [/^(?:bps-total|bps)$/, "all", true],
  [/^(?:bps-read|bps_rd)$/, "reads", true],
  [/^(?:bps-write|bps_wr)$/, "writes", true],
  [/^(?:iops-total|iops)$/, "all", false],
  [/^(?:iops-read|iops_rd)$/, "reads", false],
  [/^(?:iops-write|iops_wr)$/, "writes", false],
];

/** The limits in the throttle state that was captured, drives first; those of groups under the group's name. */
export function limitsOf(throttle: unknown): DriveLimits[] {
  const parsed = state.safeParse(throttle);
  if (!parsed.success) return [];
  const { drives, groups } = parsed.data;
  const atDrives = drives.map(({ device, qdev, limits }) => ({
    name: device.replace("drive-", "") || slotOf(qdev) || "a drive without a name",
    limits: said(limits),
  }));
  const inGroups = Object.entries(groups).map(([name, limits]) => ({
    name: `group ${name}`,
    limits: said(limits),
  }));
  return [...atDrives, ...inGroups];
}

function said(limits: Readonly<Record<string, unknown>>): DriveLimits["limits"] {
  return Object.entries(limits).flatMap(([key, value]) => {
    const [, what, bytes] = names.find(([pattern]) => pattern.test(key)) ?? [];
    if (what === undefined || bytes === undefined || !(Number(value) > 0)) return [];
    return [{ what, value: Number(value), bytes }];
  });
}
