import { pathPattern } from "./path-pattern.ts";

/** Something that goes wrong on purpose. */
export interface Fault {
  /** Any method when absent. */
  readonly method?: string | undefined;
  /** A path as Proxmox documents it; `*` is one segment, `**` is any number. */
  readonly path: string;
  readonly action:
    | "delay"
    | "fail"
    | "drop-before"
    | "drop-after"
    | "lock"
    | "qmp-fail"
    | "task-delay"
    | "task-fail";
  /** For `fail`: the HTTP status. @default 500 */
  readonly status?: number | undefined;
  /** For `fail`, `qmp-fail` and `task-fail`: the error text; for `lock`: the kind of lock. */
  readonly message?: string | undefined;
  /** For `delay` and `task-delay`: real milliseconds. */
  readonly milliseconds?: number | undefined;
  /** For `qmp-fail`: how many commands QEMU still takes before. @default 0 */
  readonly after?: number | undefined;
  /** How many requests it hits; always when absent. */
  readonly times?: number | undefined;
}

export class Faults {
  #rules: { readonly fault: Fault; readonly pattern: RegExp; left: number }[] = [];

  add(fault: Fault): void {
    this.#rules.push({
      fault,
      pattern: pathPattern(fault.path),
      left: fault.times ?? Number.POSITIVE_INFINITY,
    });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The first fault that still applies to the request; using it counts. */
  take(method: string, path: string): Fault | undefined {
    const rule = this.#rules.find(
      ({ fault, pattern, left }) =>
        left > 0 && (fault.method === undefined || fault.method === method) && pattern.test(path),
    );
    if (rule === undefined) return undefined;
    rule.left -= 1;
    return rule.fault;
  }
}
