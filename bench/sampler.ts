import { readdirSync, readFileSync } from "node:fs";
import { type Kind, kindOf } from "./process-kind.ts";
import { type ProcessStat, parseStat } from "./process-stat.ts";

/** What the processes of one run needed. */
export interface Usage {
  /** CPU seconds by kind of process. */
  readonly cpuSeconds: Readonly<Partial<Record<Kind, number>>>;
  /** The most memory that the processes of a kind had together, in MiB. */
  readonly peakMiB: Readonly<Partial<Record<Kind, number>>>;
  /** The most that all processes had together, the emulator aside, in MiB. */
  readonly peakTotalMiB: number;
}

interface Seen {
  readonly kind: Kind;
  readonly atStart: number;
  cpuSeconds: number;
}

/** Milliseconds between two looks. */
const interval = 50;

/**
 * Looks at every process below this one until it is stopped. CPU seconds are those of the last look at a process, so
 * that at most one interval of each is missed.
 */
export class Sampler {
  readonly #seen = new Map<number, Seen>();
  readonly #peaks = new Map<Kind, number>();
  readonly #timer: NodeJS.Timeout;
  #peakTotal = 0;

  constructor() {
    for (const [pid, { kind, cpuSeconds }] of tree(process.pid)) {
      if (kind !== undefined) this.#seen.set(pid, { kind, atStart: cpuSeconds, cpuSeconds });
    }
    this.#timer = setInterval(() => this.#look(), interval);
  }

  stop(): Usage {
    clearInterval(this.#timer);
    this.#look();
    const cpu = new Map<Kind, number>();
    for (const { kind, atStart, cpuSeconds } of this.#seen.values()) {
      cpu.set(kind, (cpu.get(kind) ?? 0) + cpuSeconds - atStart);
    }
    return {
      cpuSeconds: Object.fromEntries(cpu),
      peakMiB: Object.fromEntries(this.#peaks),
      peakTotalMiB: this.#peakTotal,
    };
  }

  #look(): void {
    const memory = new Map<Kind, number>();
    for (const [pid, { kind, cpuSeconds, residentMiB }] of tree(process.pid)) {
      const known = this.#seen.get(pid);
      if (known !== undefined && (kind === known.kind || kind === undefined)) known.cpuSeconds = cpuSeconds;
      // A process that was a shell a moment ago is the same process with another program.
      else if (kind !== undefined) this.#seen.set(pid, { kind, atStart: 0, cpuSeconds });
      if (kind !== undefined) memory.set(kind, (memory.get(kind) ?? 0) + residentMiB);
    }
    let total = 0;
    for (const [kind, mebibytes] of memory) {
      this.#peaks.set(kind, Math.max(this.#peaks.get(kind) ?? 0, mebibytes));
      if (kind !== "emulator") total += mebibytes;
    }
    this.#peakTotal = Math.max(this.#peakTotal, total);
  }
}

/** Every process below one, itself aside; one that has ended and was not waited for yet has no kind any more. */
function tree(root: number): Map<number, ProcessStat & { readonly kind: Kind | undefined }> {
  const found = new Map<number, ProcessStat & { readonly kind: Kind | undefined }>();
  const waiting = childrenOf(root);
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      const kind = commandLine === "" ? undefined : kindOf(commandLine);
      found.set(pid, { kind, ...parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")) });
      waiting.push(...childrenOf(pid));
    } catch {
      // It ended between two reads; what the last look saw stays.
    }
  }
  return found;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
      .split(" ")
      .filter((child) => child !== "")
      .map(Number),
  );
}
