import type { Host } from "./host.ts";
import { MissingProgram } from "./run-program.ts";
import { NotAvailable, type Step } from "./step.ts";

/** What the steps at the QEMU process need. */
export interface ProcessSource {
  readonly host: Host;
  /** Asks who the process is; a fresh answer each time. */
  readonly pid: () => Promise<number>;
  readonly vmid: number;
  /** Path of the QMP socket; a QEMU that was started with it is the VM's. */
  readonly qmpPath: string;
}

/** Longest that gdb may hold the process, in seconds. */
const longestTrace = 60;

/**
 * Reads `/proc/PID` and takes a backtrace of every thread. The backtrace stops the process for its duration; whether
 * it runs afterwards is looked at, and it is told to go on when it does not.
 */
export function processSteps(source: ProcessSource): { before: Step[]; trace: Step } {
  const { host, pid } = source;
  const read = (name: string, file: string, argv: (folder: string) => readonly string[]): Step => ({
    name: `/proc/PID/${name}`,
    file: `host/${file}`,
    need: "allowed",
    seconds: 10,
    run: async (signal) => {
      const { code, stdout, stderr } = await host.run(argv(`/proc/${await pid()}`), 8, signal);
      if (code !== 0 && stdout === "") throw unreadable(stderr, code);
      // The command line has its words apart by zeros.
      return stdout.replaceAll("\0", "\n");
    },
  });
  const ofThreads = (name: string) => (folder: string) => [
    "find",
    `${folder}/task`,
    "-mindepth",
    "2",
    "-maxdepth",
    "2",
    "-name",
    name,
    "-exec",
    "tail",
    "-v",
    "-n",
    "+1",
    "{}",
    "+",
  ];
  const before = [
    read("status", "status.txt", (folder) => ["cat", `${folder}/status`]),
    read("stack", "stack.txt", (folder) => ["cat", `${folder}/stack`]),
    read("task/*/stack", "task-stacks.txt", ofThreads("stack")),
    read("task/*/wchan", "task-wchan.txt", ofThreads("wchan")),
    read("io", "io.txt", (folder) => ["cat", `${folder}/io`]),
    read("limits", "limits.txt", (folder) => ["cat", `${folder}/limits`]),
    read("cmdline", "cmdline.txt", (folder) => ["cat", `${folder}/cmdline`]),
  ];
  return { before, trace: backtrace(source) };
}

/** Some of it is for root alone, and in a container not even for root. */
function unreadable(stderr: string, code: number | null): Error {
  const said = firstLine(stderr) || `ended with ${code}`;
  return /denied|not permitted/i.test(said) ? new NotAvailable(`${said}; run as root`) : new Error(said);
}

function backtrace(source: ProcessSource): Step {
  const { host, pid } = source;
  return {
    name: "gdb: backtrace of every thread",
    file: "host/gdb-backtrace.txt",
    need: "required",
    seconds: longestTrace + 15,
    async run(signal) {
      const id = await pid();
      await requireQemu(source, id, signal);
      const before = await stateOf(host, id, signal);
      try {
        const argv = [
          "gdb",
          "-nx",
          "-batch",
          "-p",
          String(id),
          ...gdbCommands.flatMap((one) => ["-ex", one]),
        ];
        const { stdout, stderr } = await host.run(argv, longestTrace, signal).catch(withRemedy(host));
        if (!/^Thread \d+ /m.test(stdout) && !/^#0 /m.test(stdout)) throw gdbFailure(stderr);
        return `${stdout}\n${stderr}`;
      } finally {
        await letGoOn(host, id, before);
      }
    },
  };
}

/** Texts among a frame's arguments are cut to one character: one of them may be a password. */
const gdbCommands = [
  "set pagination off",
  "set debuginfod enabled off",
  "set print elements 1",
  "thread apply all bt",
  "detach",
];

function withRemedy(host: Host): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof MissingProgram)) throw error;
    throw new NotAvailable(`gdb is not installed on ${host.label}: apt install gdb, then capture again`);
  };
}

function gdbFailure(stderr: string): Error {
  const line = stderr.split("\n").find((one) => /ptrace|permitted|No such process|attach/i.test(one));
  if (line !== undefined && /not permitted/i.test(line)) {
    return new NotAvailable(
      `gdb may not attach: ${line.trim()}; run as root on the node, with kernel.yama.ptrace_scope at most 2`,
    );
  }
  return new Error(`gdb shows no thread: ${line?.trim() ?? firstLine(stderr)}`);
}

/** gdb stops what it attaches to: nothing but the VM's own QEMU may be. */
async function requireQemu(
  { host, vmid, qmpPath }: ProcessSource,
  id: number,
  signal: AbortSignal,
): Promise<void> {
  const { stdout } = await host.run(["cat", `/proc/${id}/cmdline`], 8, signal);
  const argv = stdout.split("\0");
  const program = argv[0]?.split("/").pop() ?? "";
  const qemu = program === "kvm" || program.startsWith("qemu-system-");
  const ours =
    argv.some((one, index) => one === "-id" && argv[index + 1] === String(vmid)) || stdout.includes(qmpPath);
  if (qemu && ours) return;
  throw new Error(
    `process ${id} on ${host.label} is not the QEMU of VM ${vmid} (got ${JSON.stringify(program)}); gdb stops what it attaches to, and was not started; is this the VM's node? Otherwise name the process: --pid`,
  );
}

/** The letter of the process's state: R, S, D, T (stopped), t (traced); undefined when it is gone. */
export async function stateOf(host: Host, id: number, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await host.run(["cat", `/proc/${id}/status`], 8, signal);
  return /^State:\s+(\w)/m.exec(stdout)?.[1];
}

/** Whoever was running before gdb came runs after it. @throws {Error} when it does not */
async function letGoOn(host: Host, id: number, before: string | undefined): Promise<void> {
  const signal = AbortSignal.timeout(10_000);
  const stopped = async () => /t/i.test((await stateOf(host, id, signal)) ?? "");
  if (/t/i.test(before ?? "") || !(await stopped())) return;
  await host.run(["kill", "-CONT", String(id)], 5, signal);
  if (await stopped()) {
    throw new Error(`process ${id} is left stopped by gdb; let it go on by hand: kill -CONT ${id}`);
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
