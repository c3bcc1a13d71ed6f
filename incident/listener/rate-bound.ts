/** A rate with room for bursts: a bucket that fills again with time. */
export class RateBound {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  /**
   * @param burst how many are let through at once
   * @param nowMs the time, in milliseconds
   */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#at = nowMs;
  }

  /** Whether one more is let through. A clock that is set back gives nothing, and takes nothing. */
  take(nowMs: number): boolean {
    const elapsed = Math.max(0, nowMs - this.#at) / 1000;
    this.#at = nowMs;
    this.#left = Math.min(this.#burst, this.#left + elapsed * this.#perSecond);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
