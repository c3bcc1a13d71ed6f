import { parseArgs } from "node:util";

/** What can be measured; `create` is the run that makes a subject's state. */
export const operations = ["preview", "refresh", "up", "cap", "status", "create", "pack", "profile"] as const;
export type Operation = (typeof operations)[number];

/** Whether it is measured of every subject and size; the others are about our own processes on the production estate. */
export function isOfSubjects(operation: Operation): boolean {
  return operation !== "pack" && operation !== "profile";
}

/** Who is measured. */
export const subjects = ["adopted", "created", "plain", "terraform", "empty"] as const;
export type SubjectName = (typeof subjects)[number];

/** What one run of the benchmark covers. */
export interface Options {
  readonly json: boolean;
  /** Counts of VMs. */
  readonly sizes: readonly number[];
  /** Latencies of the emulated API in milliseconds per call. */
  readonly latencies: readonly number[];
  /** Repetitions of every operation. */
  readonly runs: number;
  readonly operations: readonly Operation[];
  readonly subjects: readonly SubjectName[];
  /** File of the page; its plot lies beside it. */
  readonly page: string;
}

export const usage = `usage: npm run bench -- [--json] [--sizes 1,12,100,1000] [--latency 0,20] [--runs 3]
  [--operations ${operations.join(",")}]
  [--subjects ${subjects.join(",")}]
  [--page docs/performance.md]`;

/** Reads the command line. @throws {Error} naming the option that is wrong */
export function parseOptions(argv: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      json: { type: "boolean" },
      sizes: text,
      latency: text,
      runs: text,
      operations: text,
      subjects: text,
      page: text,
    },
  });
  const [runs = 0] = numbers("--runs", values.runs ?? "3", 1);
  return {
    json: values.json === true,
    sizes: numbers("--sizes", values.sizes ?? "1,12,100,1000", 1),
    latencies: numbers("--latency", values.latency ?? "0,20", 0),
    runs,
    operations: names("--operations", values.operations, operations),
    subjects: names("--subjects", values.subjects, subjects),
    page: values.page ?? "docs/performance.md",
  };
}

/**
 * Repetitions at a size: all of them up to 100 VMs, a third above, where one run takes as long as many small ones.
 */
export function runsAt(vms: number, runs: number): number {
  return vms > 100 ? Math.ceil(runs / 3) : runs;
}

/**
 * Whether `create` is a measured run at a size. With more VMs it only makes the state, and the engine is told not to
 * write it anew after each resource, which would take longer than all measurements together.
 */
export function isCreateMeasured(vms: number): boolean {
  return vms <= 100;
}

function numbers(option: string, text: string, least: number): number[] {
  const found = text.split(",").map(Number);
  if (text !== "" && found.every((one) => Number.isInteger(one) && one >= least)) {
    return [...new Set(found)].sort((a, b) => a - b);
  }
  throw new Error(
    `${option}: no list of counts (got ${text}); allowed are whole numbers from ${least}, with commas; correct it`,
  );
}

function names<Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known;
  const asked = text.split(",");
  const unknown = asked.filter((name) => !known.some((one) => one === name));
  if (unknown.length > 0) {
    throw new Error(
      `${option}: no such name (got ${unknown.join(",")}); allowed are ${known.join(",")}; correct it`,
    );
  }
  return known.filter((name) => asked.includes(name));
}
