import type { RecordHeader } from "./netconsole-record.ts";

/** How far behind a record may come that was merely overtaken on the way. */
const lateness = 32;

/** Notices in the numbers of one guest's records what did not arrive. */
export class SequenceWatch {
  #last: RecordHeader | undefined;

  /** What is to be said before this record; undefined when it follows the one before. */
  note(header: RecordHeader): string | undefined {
    const last = this.#last;
    if (last === undefined) {
      this.#last = header;
      return undefined;
    }
    const step = header.sequence - last.sequence;
    if (step < 0 && step >= -lateness && header.uptimeUs + 1_000_000 >= last.uptimeUs) return undefined;
    this.#last = header;
    if (step < 0) return "the guest's kernel started anew: its records are numbered from the beginning";
    if (step <= 1) return undefined;
    return `records missing: ${step - 1} (lost, or below the log level that the guest sends)`;
  }
}
