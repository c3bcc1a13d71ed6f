import type { Control } from "../demo/control.ts";
import type { Operation, SubjectName } from "./options.ts";

/** How a run ended. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** One way of writing a fleet, with an emulator of its own. */
export interface Subject extends AsyncDisposable {
  readonly name: SubjectName;
  readonly vms: number;
  readonly control: Control;
  /** What can be measured once the state is made. */
  readonly operations: readonly Operation[];
  /** Runs an operation and nothing else; `create` is the first. */
  run(operation: Operation): Promise<Outcome>;
  /** Keeps the state as it is now, after `create`. */
  keep(): Promise<void>;
  /** Puts back what a run before this one may have changed, and lays out what this operation needs. */
  prepare(operation: Operation): Promise<void>;
}
