import { setTimeout as sleep } from "node:timers/promises";

/** How much later every answer comes: the way to a real node, and its work. */
export class Latency {
  /** In milliseconds of real time. */
  milliseconds: number;

  constructor(milliseconds = 0) {
    this.milliseconds = milliseconds;
  }

  /** Waits as long; other requests go on meanwhile. */
  async pass(): Promise<void> {
    if (this.milliseconds > 0) await sleep(this.milliseconds);
  }
}
