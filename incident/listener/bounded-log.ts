import { closeSync, constants, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";

/** Writes bytes to a file that is open and says how many it took. */
export type WriteBytes = (file: number, bytes: Uint8Array) => number;

const lineEnd = Buffer.from("\n");

/** What a log may take. */
export interface LogBounds {
  /** Bytes of one file. With the older one that is kept beside it a log takes twice as much. */
  readonly fileBytes: number;
  /** Bytes that wait in memory before they are written. */
  readonly waitingBytes: number;
}

/** How much of what was appended reached the file. */
export interface WrittenLines {
  readonly written: number;
  readonly notWritten: number;
  /** Why lines were not written. */
  readonly error?: string;
}

/**
 * One log, bounded in size and memory: when the file is full it becomes `PATH.1`, in place of an older one. Lines
 * that cannot be written, as on a full disk, are given up and counted; the next ones are tried again.
 */
export class BoundedLog {
  readonly path: string;
  readonly #bounds: LogBounds;
  readonly #write: WriteBytes;
  #file: number | undefined;
  #size = 0;
  /** The file ends within a line, after a write that was cut off or a listener that was killed. */
  #torn = false;
  #lines: string[] = [];
  #waiting = 0;

  constructor(path: string, bounds: LogBounds, write: WriteBytes = writeSync) {
    this.path = path;
    this.#bounds = bounds;
    this.#write = write;
  }

  /** Takes a line without its end; true when so much waits that it should be flushed. */
  append(line: string): boolean {
    this.#lines.push(line);
    this.#waiting += line.length;
    return this.#waiting >= this.#bounds.waitingBytes;
  }

  /** Writes what waits, in one piece. */
  flush(): WrittenLines {
    const lines = this.#lines;
    if (lines.length === 0) return { written: 0, notWritten: 0 };
    this.#lines = [];
    this.#waiting = 0;
    const bytes = Buffer.from(`${lines.join("\n")}\n`);
    let done = 0;
    try {
      const file = this.#ready(bytes.length);
      if (this.#torn) this.#size += this.#write(file, lineEnd);
      this.#torn = false;
      while (done < bytes.length) {
        const taken = this.#write(file, bytes.subarray(done));
        done += taken;
        this.#size += taken;
      }
      return { written: lines.length, notWritten: 0 };
    } catch (error) {
      const ends = bytes.subarray(0, done).filter((byte) => byte === lineEnd[0]).length;
      if (done > 0) this.#torn = bytes[done - 1] !== lineEnd[0];
      return { written: ends, notWritten: lines.length - ends, error: (error as Error).message };
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** The file with room for so many bytes. */
  #ready(bytes: number): number {
    let file = this.#file ?? this.#open();
    if (this.#size > 0 && this.#size + bytes > this.#bounds.fileBytes) {
      renameSync(this.path, `${this.path}.1`);
      this.close();
      file = this.#open();
    }
    return file;
  }

  #open(): number {
    const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
    // Not through a link: whoever may write the folder must not choose what is written.
    const file = openSync(this.path, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
    this.#file = file;
    this.#size = fstatSync(file).size;
    const last = Buffer.from(lineEnd);
    if (this.#size > 0) readSync(file, last, 0, 1, this.#size - 1);
    this.#torn = last[0] !== lineEnd[0];
    return file;
  }
}
