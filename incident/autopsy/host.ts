import { spawn } from "node:child_process";
import { createConnection } from "node:net";
import { Duplex } from "node:stream";
import { bareEnvironment, MissingProgram, type ProgramResult, runProgram } from "./run-program.ts";

/** The machine on which QEMU runs. */
export interface Host {
  /** How to speak of it. */
  readonly label: string;
  /**
   * Runs a program there. It is bounded there too, so that nothing is left behind when a connection dies.
   *
   * @param seconds longest that it may run
   * @throws {Error} when the host cannot be reached or has no such program
   */
  run(argv: readonly string[], seconds: number, signal: AbortSignal): Promise<ProgramResult>;
  /** Opens a Unix socket there; what goes wrong is an `error` of the stream. */
  connect(socket: string): Duplex;
}

/** Exit codes of `timeout`, of a program that is missing, and of ssh when it has no connection. */
const codes = { timedOut: [124, 137], missing: 127, unreachable: 255 } as const;

function bounded(argv: readonly string[], seconds: number): string[] {
  return ["timeout", "--kill-after=2", String(seconds), ...argv];
}

/** This very machine. */
export const thisMachine: Host = {
  label: "this machine",
  run: async (argv, seconds, signal) =>
    checked(argv, seconds, await runProgram(bounded(argv, seconds), signal)),
  connect: (socket) => createConnection(socket),
};

/**
 * A machine behind ssh. Nobody is asked for a password, and nothing from outside reaches a shell unquoted.
 *
 * @param destination as ssh takes it: `root@pve.example.org`
 * @throws {Error} when it could be taken for an option
 */
export function sshHost(destination: string): Host {
  if (!/^[A-Za-z0-9_][\w.@:%[\]-]*$/.test(destination)) {
    throw new Error(
      `--ssh: is no destination (got ${JSON.stringify(destination)}); allowed is HOST or USER@HOST; correct it`,
    );
  }
  const ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T", "--", destination];
  return {
    label: destination,
    async run(argv, seconds, signal) {
      const result = await runProgram([...ssh, quoted(bounded(argv, seconds))], signal);
      if (result.code === codes.unreachable) {
        throw new Error(`ssh ${destination}: ${firstLine(result.stderr) || "no connection"}`);
      }
      return checked(argv, seconds, result);
    },
    connect: (socket) => throughSsh([...ssh, quoted(["socat", "-", `UNIX-CONNECT:${socket}`])]),
  };
}

function checked(argv: readonly string[], seconds: number, result: ProgramResult): ProgramResult {
  const [program = ""] = argv;
  if (result.code === codes.missing) throw new MissingProgram(program);
  if (result.code !== null && (codes.timedOut as readonly number[]).includes(result.code)) {
    throw new Error(`${program} did not end within ${seconds} s`);
  }
  return result;
}

/** socat is there wherever qemu-server is: Proxmox depends on it. */
function throughSsh([program = "", ...args]: readonly string[]): Duplex {
  const child = spawn(program, args, { env: bareEnvironment(), stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said += part.slice(0, 1000);
  });
  const stream = new Duplex({
    read: () => child.stdout.resume(),
    write: (chunk, encoding, done) => child.stdin.write(chunk, encoding, () => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (part: Buffer) => {
    if (!stream.push(part)) child.stdout.pause();
  });
  child.once("error", (error) => stream.destroy(error));
  // Only then is it known why nothing more comes.
  child.once("close", (code) => {
    if (code === 0) stream.push(null);
    else stream.destroy(new Error(firstLine(said) || `ssh ended with ${code}`));
  });
  return stream;
}

/** Words for a POSIX shell, each as it is. */
function quoted(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
