import { median } from "./median.ts";

/** The least, the middle and the greatest of some figures. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Summary of at least one figure. */
export function summary(figures: readonly number[]): Summary {
  return { min: Math.min(...figures), median: median(figures), max: Math.max(...figures) };
}
