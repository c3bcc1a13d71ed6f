import { pathPattern } from "./path-pattern.ts";

/** Where requests are held before they take effect. */
export interface Barrier {
  /** Any method when absent. */
  readonly method?: string | undefined;
  /** A path as Proxmox documents it; `*` is one segment, `**` is any number. */
  readonly path: string;
  /** How many requests it holds; all when absent. */
  readonly times?: number | undefined;
}

/** A request that waits at a barrier. */
export interface HeldRequest {
  readonly id: number;
  readonly method: string;
  readonly path: string;
}

interface Waiting extends HeldRequest {
  readonly go: () => void;
}

interface Watcher {
  readonly count: number;
  readonly tell: () => void;
}

/** Stops chosen requests, so that a test can act at a moment that it names instead of one that it hopes for. */
export class Barriers {
  #rules: { readonly method: string | undefined; readonly pattern: RegExp; left: number }[] = [];
  #waiting: Waiting[] = [];
  #watchers: Watcher[] = [];
  #lastId = 0;

  add({ method, path, times }: Barrier): void {
    this.#rules.push({ method, pattern: pathPattern(path), left: times ?? Number.POSITIVE_INFINITY });
  }

  /** Ends when the request may go on: at once without a barrier in its way. */
  async pass(method: string, path: string): Promise<void> {
    const rule = this.#rules.find(
      (one) => one.left > 0 && (one.method === undefined || one.method === method) && one.pattern.test(path),
    );
    if (rule === undefined) return;
    rule.left -= 1;
    this.#lastId += 1;
    const id = this.#lastId;
    await new Promise<void>((go) => {
      this.#waiting.push({ id, method, path, go });
      this.#tellWatchers();
    });
  }

  /** What waits, in the order it came. */
  held(): HeldRequest[] {
    return this.#waiting.map(({ id, method, path }) => ({ id, method, path }));
  }

  /** What waits, as soon as it is `count` requests, or as soon as there is no barrier that could hold them. */
  async whenHeld(count: number): Promise<HeldRequest[]> {
    if (this.#waiting.length < count && this.#rules.length > 0) {
      await new Promise<void>((tell) => {
        this.#watchers.push({ count, tell });
      });
    }
    return this.held();
  }

  /** Lets one request go on, or all that wait now; the barriers stay. Returns how many went. */
  release(id?: number): number {
    const going = this.#waiting.filter((one) => id === undefined || one.id === id);
    this.#waiting = this.#waiting.filter((one) => !going.includes(one));
    for (const { go } of going) go();
    return going.length;
  }

  /** Removes the barriers and lets everything go on. */
  clear(): void {
    this.#rules = [];
    this.release();
    this.#tellWatchers();
  }

  #tellWatchers(): void {
    const ready = (watcher: Watcher) => this.#rules.length === 0 || this.#waiting.length >= watcher.count;
    const told = this.#watchers.filter(ready);
    this.#watchers = this.#watchers.filter((watcher) => !ready(watcher));
    for (const { tell } of told) tell();
  }
}
