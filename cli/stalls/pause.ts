import type { Surroundings } from "../surroundings.ts";

/** Waits, but no more than a second beyond the end of the command. */
export async function pause(
  seconds: number,
  { patience, signal }: Pick<Surroundings, "patience" | "signal">,
): Promise<void> {
  for (let left = seconds; left > 0 && !signal.aborted; left -= 1) {
    await patience.sleep(Math.min(1, left) * 1000);
  }
}
