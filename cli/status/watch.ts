import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import type { ExitCode } from "../command.ts";
import type { Surroundings } from "../surroundings.ts";
import { exitCodeOf, type StatusReport } from "./report.ts";

/** How a watch looks and shows. */
export interface Watch {
  readonly look: () => Promise<StatusReport>;
  readonly render: (report: StatusReport) => string;
  /** Each report takes the place of the one before on the terminal; otherwise only changes are printed. */
  readonly redraw: boolean;
  /** Seconds between two looks. */
  readonly interval: number;
}

const clearScreen = "\u001b[2J\u001b[H";

/**
 * Looks again and again until the command is ended; the exit code is that of the last state. Errors that come
 * after the first look are said, and do not end it.
 *
 * @throws {Error} what the first look throws
 */
export async function watch(
  { look, render, redraw, interval }: Watch,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { signal, patience, now, stdout, stderr } = surroundings;
  let code: ExitCode = 1;
  let shown: string | undefined;
  let trouble: string | undefined;
  const say = (text: string) => stderr(`${now().toISOString()} fleet status: ${text}\n`);
  while (!signal.aborted) {
    try {
      const report = await look();
      if (trouble !== undefined) say("reads again");
      trouble = undefined;
      code = exitCodeOf(report);
      const state = stateOf(report);
      if (redraw) stdout(`${clearScreen}${render(report)}`);
      else if (state !== shown) stdout(render(report));
      shown = state;
    } catch (error) {
      if (signal.aborted) break;
      if (shown === undefined || !mayPass(error)) throw error;
      code = 1;
      if (error.message !== trouble) say(error.message);
      trouble = error.message;
    }
    await patience.sleep(interval * 1000, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return code;
}

/** What is compared from look to look: all but the time, and the start of QEMU, which is told in whole seconds. */
function stateOf({ readAt: _, ...report }: StatusReport): string {
  return JSON.stringify(report, (key, value: unknown) => (key === "startedAt" ? undefined : value));
}

/** Proxmox that does not answer, and mistakes in a file that is being edited; a fault of ours is neither. */
function mayPass(error: unknown): error is Error {
  return error instanceof ProxmoxError || (error instanceof Error && error.constructor === Error);
}
