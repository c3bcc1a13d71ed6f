import { spawn } from "node:child_process";
import { delimiter, resolve } from "node:path";
import { readOnlyVariable } from "../../proxmox/api/configuration.ts";
import type { Surroundings } from "../surroundings.ts";

const checkoutPrograms = resolve(import.meta.dirname, "../../node_modules/.bin");

/** How a run of the engine's command ended and what it printed. */
export interface EngineRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `pulumi` as found on the PATH, behind the checkout's own programs, such that this project's provider can
 * send nothing but GET requests.
 *
 * @throws {Error} when there is no such program
 */
export function runEngine(
  args: readonly string[],
  { cwd, env, signal }: Pick<Surroundings, "cwd" | "env" | "signal">,
  programs = checkoutPrograms,
): Promise<EngineRun> {
  return new Promise((done, failed) => {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      // The engine ends on SIGINT once its state is written.
      signal,
      killSignal: "SIGINT",
      env: {
        ...env,
        PATH: [programs, env.PATH ?? ""].join(delimiter),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        [readOnlyVariable]: "1",
      },
    });
    const texts = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        texts[stream] += text;
      });
    }
    let fault: Error | undefined;
    child.on("error", (error: NodeJS.ErrnoException) => {
      fault = error.code === "ENOENT" ? new Error("pulumi: there is no such program on the PATH") : error;
      if (child.pid === undefined) failed(fault);
    });
    child.on("close", (code) => (fault === undefined ? done({ code: code ?? -1, ...texts }) : failed(fault)));
  });
}
