import { createInterface } from "node:readline/promises";
import { type Patience, usualPatience } from "../proxmox/api/patience.ts";

/** All that a command has of the world around it. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** How long Proxmox is waited for. */
  readonly patience: Patience;
  /** Whether what goes to stdout may be coloured. */
  readonly colour: boolean;
  /** Whether stdout is a terminal, where a report can take the place of the one before. @default false */
  readonly terminal?: boolean;
  /** The report. */
  readonly stdout: (text: string) => void;
  /** Progress and errors. */
  readonly stderr: (text: string) => void;
  /** Aborted when the user ends the command: what watches ends, what is halfway says so. */
  readonly signal: AbortSignal;
  /** Asks for a yes on the terminal; undefined where nobody could answer. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** Those of this process; no colour without a terminal or with NO_COLOR. */
export function processSurroundings(): Surroundings {
  const { env, stdin, stdout, stderr } = process;
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
  const signal = ended.signal;
  return {
    cwd: process.cwd(),
    env,
    now: () => new Date(),
    patience: usualPatience,
    terminal: stdout.isTTY === true && env.TERM !== "dumb",
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    signal,
    ...(stdin.isTTY === true && { ask: (question: string) => askOnTerminal(question, signal) }),
  };
}

/** Only a written yes is one; the end of input, or of the command, is a no. */
async function askOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
  const answered = terminal.question(`${question} (yes/no) `, { signal }).catch(() => "");
  const answer = await Promise.race([answered, closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
