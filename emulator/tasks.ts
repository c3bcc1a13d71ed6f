import type { Clock } from "./clock.ts";
import { errorText, paramError } from "./errors.ts";

export interface Task {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  /** The vmid, or whatever the task is about. */
  readonly id: string;
  readonly user: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch. */
  readonly starttime: number;
  endtime: number | undefined;
  exitstatus: string | undefined;
  readonly log: string[];
}

/** What a worker may say while it runs. */
export interface TaskLog {
  print(line: string): void;
  /** A warning makes the task end as `WARNINGS: n`. */
  warn(line: string): void;
}

/** How the next tasks of a type shall go wrong; set by a fault. */
export interface TaskFault {
  /** Real milliseconds before the work is done. */
  readonly delayMs?: number;
  /** Ends the task with this error instead of doing the work. */
  readonly message?: string;
}

/** What a task does. It runs until a promise is kept, or the signal says that it is stopped. */
type Work = (log: TaskLog, signal: AbortSignal) => void | Promise<void>;

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, "0");
}

/** The task log of the node: a task is done when its UPID is answered, unless a fault delays it. */
export class Tasks {
  readonly all = new Map<string, Task>();
  readonly #clock: Clock;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Map<string, AbortController>();
  #nextPid = 4000;
  #fault: TaskFault | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes the next task that is started behave so. */
  failNext(fault: TaskFault): void {
    this.#fault = fault;
  }

  /** A task must not outlive the request whose fault was meant for it. */
  clearFault(): void {
    this.#fault = undefined;
  }

  nextPid(): number {
    this.#nextPid += 7;
    return this.#nextPid;
  }

  /** Starts a task and answers its UPID. */
  start(node: string, type: string, id: string, user: string, work: Work): string {
    const fault = this.#fault;
    this.#fault = undefined;
    const task = this.#register(node, type, id, user);
    this.#running.set(task.upid, new AbortController());
    const run = () => this.#run(task, fault?.message, work);
    if (fault?.delayMs === undefined) run();
    else this.later(fault.delayMs, run);
    return task.upid;
  }

  /** Runs something after real time has passed, unless the emulator is closed first. */
  later(milliseconds: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, milliseconds);
    this.#timers.add(timer);
  }

  /** @throws the API's 400 for a text that is no UPID, or an unknown one */
  find(upid: string): Task {
    if (!/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:]+:[^:]*:[^:]+:$/.test(upid)) {
      throw paramError({ upid: "unable to parse worker upid" });
    }
    const task = this.all.get(upid);
    if (task === undefined) throw paramError({ upid: "no such task" });
    return task;
  }

  /** Ends a task that is running, its work undone; one that has ended stays as it is. */
  stop(task: Task): void {
    const running = this.#running.get(task.upid);
    if (running === undefined) return;
    this.#end(task, new Error("received interrupt"), 0);
    running.abort();
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const running of this.#running.values()) running.abort();
  }

  #register(node: string, type: string, id: string, user: string): Task {
    const pid = this.nextPid();
    const starttime = this.#clock.seconds();
    const pstart = (this.all.size + 1) * 100;
    const upid = `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${user}:`;
    const ends = { endtime: undefined, exitstatus: undefined };
    const task: Task = { upid, node, type, id, user, pid, pstart, starttime, ...ends, log: [] };
    this.all.set(upid, task);
    return task;
  }

  #run(task: Task, failure: string | undefined, work: Work): void {
    const signal = this.#running.get(task.upid)?.signal;
    if (signal === undefined) return;
    let warnings = 0;
    const log: TaskLog = {
      print: (line) => void task.log.push(line),
      warn: (line) => {
        warnings += 1;
        task.log.push(`WARN: ${line}`);
      },
    };
    try {
      if (failure !== undefined) throw new Error(failure);
      const waiting = work(log, signal);
      if (waiting === undefined) this.#end(task, undefined, warnings);
      else
        waiting.then(
          () => this.#end(task, undefined, warnings),
          (error: unknown) => this.#end(task, error, warnings),
        );
    } catch (error) {
      this.#end(task, error, warnings);
    }
  }

  /** A task ends once: who was stopped does not succeed later. */
  #end(task: Task, error: unknown, warnings: number): void {
    if (!this.#running.delete(task.upid)) return;
    if (error === undefined) {
      task.exitstatus = warnings > 0 ? `WARNINGS: ${warnings}` : "OK";
      task.log.push(`TASK ${task.exitstatus}`);
    } else {
      task.exitstatus = errorText(error).replaceAll("\n", " ");
      task.log.push(`TASK ERROR: ${task.exitstatus}`);
    }
    task.endtime = this.#clock.seconds();
  }
}
