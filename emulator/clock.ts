/** The emulator's time: runs on with the base clock, and can be moved by a test. */
export class Clock {
  readonly #base: () => number;
  #offset = 0;

  constructor(base: () => number = Date.now) {
    this.#base = base;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#base() + this.#offset;
  }

  /** Whole seconds since the epoch, the unit of Proxmox's own time stamps. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** Moves the clock to a point in time; it runs on from there. */
  set(milliseconds: number): void {
    this.#offset = milliseconds - this.#base();
  }

  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }
}
