import type { Look } from "./look.ts";
import type { StallRule } from "./stall-rule.ts";

/** A signal beside the drive itself that says that the guest is stuck and not idle. */
type Signal = "agent" | "cpu" | "network" | "pressure";

/** What a signal was before the standstill and what it is now. */
export interface Vote {
  readonly signal: Signal;
  /** Share of the CPUs, bytes per second, percent; of the agent 1 = answers, 0 = does not. */
  readonly before: number;
  readonly now: number;
}

/** Means over a time; a signal of which nothing is known is absent. */
export type Signals = Partial<Record<Signal, number>>;

/** CPU votes when it is this many times what it was, and by at least so many points more. */
const cpuTimes = 1.25;
const cpuPoints = 0.03;
/** The network votes when this share is left of a rate that was worth the name, in bytes per second. */
const networkLeft = 0.25;
const networkLeast = 8192;
/** Pressure votes from this percentage on, when it is at least twice what it was. */
const pressureLeast = 20;

/** Means of the signals between two moments, by the looks that end in this time. */
export function signalsBetween(looks: readonly Look[], from: number, to: number): Signals {
  const within = looks.filter((look) => look.to > from && look.to <= to);
  const means = {
    agent: mean(within.map(({ agent }) => (agent === undefined ? undefined : Number(agent)))),
    cpu: mean(within.map(({ cpu }) => cpu)),
    network: mean(within.map(({ netout }) => netout)),
    pressure: mean(within.map(({ ioPressure }) => ioPressure)),
  };
  return Object.fromEntries(Object.entries(means).filter(([, value]) => value !== undefined));
}

/** The signals that say "stuck", comparing what is now with what was before the standstill. */
export function votesOf(before: Signals, now: Signals): Vote[] {
  const judges: Readonly<Record<Signal, (before: number, now: number) => boolean>> = {
    agent: (then, is) => then > 0 && is === 0,
    cpu: (then, is) => is >= Math.max(then * cpuTimes, then + cpuPoints),
    network: (then, is) => then >= networkLeast && is <= then * networkLeft,
    pressure: (then, is) => is >= Math.max(pressureLeast, 2 * then),
  };
  return (Object.keys(judges) as Signal[]).flatMap((signal) => {
    const [then, is] = [before[signal], now[signal]];
    return then !== undefined && is !== undefined && judges[signal](then, is)
      ? [{ signal, before: then, now: is }]
      : [];
  });
}

/** The signals as they are at the end of a look. */
export function signalsNow(looks: readonly Look[], at: number, { smoothing }: StallRule): Signals {
  return signalsBetween(looks, at - smoothing * 1000, at);
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}
