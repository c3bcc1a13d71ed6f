import { spawn } from "node:child_process";

/** How a program ended. */
export interface ProgramResult {
  /** Its exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Most that is kept of what a program prints, in bytes. */
const longestOutput = 32 * 2 ** 20;

/**
 * Runs a program without a shell, and without this process's environment: no secret of ours reaches it.
 *
 * @param stdout a file descriptor to print to @default what it prints is kept
 * @throws {Error} when there is no such program, or `signal` ended it
 */
export function runProgram(
  argv: readonly string[],
  signal: AbortSignal,
  stdout: "pipe" | number = "pipe",
): Promise<ProgramResult> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: bareEnvironment(), signal, stdio: ["ignore", stdout, "pipe"] });
    const printed = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (part: string) => {
        if (printed[name].length < longestOutput) printed[name] += part;
      });
    }
    child.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new MissingProgram(program) : error);
    });
    child.once("close", (code) => resolve({ code, ...printed }));
  });
}

/** There is no such program on this machine. */
export class MissingProgram extends Error {
  constructor(program: string) {
    super(`${program} is not installed`);
  }
}

/** What ssh needs to find its keys, and nothing else. */
export function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK"];
  const own = Object.entries(process.env).filter(([key]) => kept.includes(key));
  return { ...Object.fromEntries(own), LC_ALL: "C" };
}
