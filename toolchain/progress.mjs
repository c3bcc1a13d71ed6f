import { clearLine, cursorTo } from "node:readline";

/**
 * @param {number} ms
 * @returns {string} minutes and seconds, such as 1:05
 */
export function elapsed(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {{ stage: string, elapsedMs: number, detail?: string | undefined }} progress
 */
export function progressLine({ stage, elapsedMs, detail }) {
  const suffix = detail === undefined || detail === "" ? "" : `, ${detail}`;
  return `toolchain: ${stage}, ${elapsed(elapsedMs)}${suffix}`;
}

/**
 * Says on stderr what is going on: a line every 15 seconds, or on a terminal one line that is renewed every second.
 */
export class Progress {
  #stream;
  #now;

  /**
   * @param {NodeJS.WriteStream} [stream]
   * @param {() => number} [now]
   */
  constructor(stream = process.stderr, now = Date.now) {
    this.#stream = stream;
    this.#now = now;
  }

  /** @param {string} text */
  say(text) {
    this.#stream.write(`toolchain: ${text}\n`);
  }

  /**
   * Runs one stage and reports its time.
   *
   * @template T
   * @param {string} stage
   * @param {() => string} detail
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async during(stage, detail, work) {
    const started = this.#now();
    const terminal = this.#stream.isTTY === true;
    const line = () => progressLine({ stage, elapsedMs: this.#now() - started, detail: detail() });
    const timer = setInterval(
      () => {
        if (terminal) this.#rewind();
        this.#stream.write(terminal ? line() : `${line()}\n`);
      },
      terminal ? 1000 : 15_000,
    );
    try {
      return await work();
    } finally {
      clearInterval(timer);
      if (terminal) this.#rewind();
      this.#stream.write(`${line()}\n`);
    }
  }

  #rewind() {
    cursorTo(this.#stream, 0);
    clearLine(this.#stream, 0);
  }
}
