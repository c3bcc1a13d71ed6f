/** How a step ended. `not available` is for what this place or this token cannot offer, such as a host's files. */
type StepOutcome = "captured" | "failed" | "timed out" | "not available";

/** Whether a bundle can be complete without a step: `allowed` ones may be out of the token's reach. */
export type StepNeed = "required" | "allowed";

/** One thing to capture. */
export interface Step {
  /** What is captured, for people: `QMP query-block`. */
  readonly name: string;
  /** The file that it writes, relative to the bundle. */
  readonly file: string;
  readonly need: StepNeed;
  /** Longest that it may take, in seconds. */
  readonly seconds: number;
  /**
   * Captures: text is written as it is, anything else as JSON.
   *
   * @param signal aborted when the time is over
   * @throws {NotAvailable} when it cannot be had here
   */
  run(signal: AbortSignal): Promise<unknown>;
}

/** What is recorded of a step. */
export interface StepRecord {
  readonly name: string;
  readonly file: string;
  readonly need: StepNeed;
  readonly outcome: StepOutcome;
  /** UTC, ISO 8601. */
  readonly started: string;
  /** UTC, ISO 8601. */
  readonly ended: string;
  /** Of the file as written. */
  readonly bytes?: number;
  /** Of the file as written, hexadecimal. */
  readonly sha256?: string;
  /** Why there is no file. */
  readonly reason?: string;
}

/** Thrown by a step that cannot be done here; its message says why and what would help. */
export class NotAvailable extends Error {}

/** What came of running a step, before anything is written. */
export type StepResult =
  | { readonly outcome: "captured"; readonly content: unknown }
  | { readonly outcome: Exclude<StepOutcome, "captured">; readonly reason: string };

/** Runs a step within its time. Never throws, and never waits for a step that does not listen to its signal. */
export async function runStep(step: Step, ended: AbortSignal): Promise<StepResult> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), step.seconds * 1000);
  const signal = AbortSignal.any([ended, timeout.signal]);
  try {
    const content = await Promise.race([step.run(signal), abortion(signal)]);
    return { outcome: "captured", content };
  } catch (error) {
    if (timeout.signal.aborted) {
      return { outcome: "timed out", reason: `no answer within ${step.seconds} s` };
    }
    const reason = error instanceof Error ? error.message : String(error);
    return { outcome: error instanceof NotAvailable ? "not available" : "failed", reason };
  } finally {
    clearTimeout(timer);
  }
}

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(new Error("the capture was ended by hand"));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
