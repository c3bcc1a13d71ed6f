import type { Patience } from "../../proxmox/api/patience.ts";

/** The user ended the command. */
export class Interruption extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interruption";
  }
}

/** The same patience, which ends at the next pause once the signal is given. */
export function interruptible(patience: Patience, signal: AbortSignal): Patience {
  return {
    ...patience,
    sleep: async (milliseconds) => {
      requireGoingOn(signal);
      await patience.sleep(milliseconds);
      requireGoingOn(signal);
    },
  };
}

/** @throws {Interruption} once the signal is given */
export function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted) throw new Interruption();
}
