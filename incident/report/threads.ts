/** What a thread does, as far as its innermost frames tell. */
export type ThreadState =
  | "waits for a lock"
  | "in file I/O"
  | "runs the guest"
  | "waits for events"
  | "sleeps"
  | "runs";

/** A thread of a backtrace. */
export interface Thread {
  /** As QEMU names it: `CPU 0/KVM`, `iothread`. */
  readonly name: string;
  readonly id: number;
  /** Functions whose names are known, innermost first. */
  readonly frames: readonly string[];
  readonly state: ThreadState;
}

/** Threads in these states are what a reader looks for first. */
export const telling: readonly ThreadState[] = ["waits for a lock", "in file I/O"];

/** In the order in which they are decided; the first that matches one of the innermost frames. */
const signs: readonly (readonly [ThreadState, RegExp])[] = [
  ["waits for a lock", /lll_lock_wait|mutex_lock|rwlock|spin_lock/],
  [
    "in file I/O",
    /^_*(?:libc_)?(?:pread|pwrite|preadv|pwritev|fsync|fdatasync|fallocate|io_getevents|io_submit)(?:64)?(?:v2)?(?:\b|_)/,
  ],
  ["runs the guest", /kvm_vcpu_ioctl|kvm_cpu_exec|tcg_cpus_exec|cpu_exec/],
  ["waits for events", /poll|epoll|select/],
  [
    "sleeps",
    /futex|event_wait|cond_wait|cond_timedwait|sem_wait|sem_timedwait|nanosleep|sigwait|sigtimedwait/,
  ],
];
const innermost = 4;
/** A thread that is deep in a device's code still runs the guest. */
const guest = /kvm_cpu_exec|cpu_exec/;

/** The threads of gdb's `thread apply all bt`, the main one first. */
export function threadsOf(backtrace: string): Thread[] {
  const blocks = backtrace.split(/^(?=Thread \d+ )/m).filter((block) => block.startsWith("Thread "));
  const threads = blocks.map((block) => {
    const [, id = "0"] = /\(LWP (\d+)\)/.exec(block) ?? [];
    const [, name = "thread"] = /"([^"\n]*)"/.exec(block.split("\n")[0] ?? "") ?? [];
    const frames = [...block.matchAll(/^#\d+\s+(?:0x[0-9a-f]+ in )?(\S+)/gm)]
      .map(([, frame = ""]) => frame)
      .filter((frame) => frame !== "??");
    return { name, id: Number(id), frames, state: stateOf(frames) };
  });
  return threads.sort((one, other) => one.id - other.id);
}

function stateOf(frames: readonly string[]): ThreadState {
  const inner = frames.slice(0, innermost);
  const found = signs.find(([, pattern]) => inner.some((frame) => pattern.test(frame)));
  if (found !== undefined) return found[0];
  return frames.some((frame) => guest.test(frame)) ? "runs the guest" : "runs";
}
