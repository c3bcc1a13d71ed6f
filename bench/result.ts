import type { CpuProfile } from "./cpu-profile.ts";
import type { Figures } from "./figures.ts";
import type { PackCost } from "./policy-pack.ts";
import type { Row } from "./rows.ts";

/** Where a run was made. */
interface Machine {
  readonly cpus: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
}

/** All that a run of the benchmark found. */
export interface Result {
  readonly machine: Machine;
  /** How the run was asked for. */
  readonly command: string;
  readonly figures: Figures;
  readonly rows: readonly Row[];
  readonly pack: PackCost | undefined;
  /** Of our Node processes; none when they were not asked for. */
  readonly profiles: readonly CpuProfile[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}
