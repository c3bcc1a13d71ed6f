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
  /** The report. */
  readonly stdout: (text: string) => void;
  /** Progress and errors. */
  readonly stderr: (text: string) => void;
}

/** Those of this process; no colour without a terminal or with NO_COLOR. */
export function processSurroundings(): Surroundings {
  const { env, stdout, stderr } = process;
  return {
    cwd: process.cwd(),
    env,
    now: () => new Date(),
    patience: usualPatience,
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
  };
}
