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

/** @throws {Error} when the text is no number of seconds from 1 to 3600 */
export function secondsOf(command: string, option: string, text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 1 && seconds <= 3600) return seconds;
  throw new Error(
    `fleet ${command}: no number of seconds (got --${option} ${JSON.stringify(text)}); allowed is a whole number from 1 to 3600; correct it`,
  );
}
