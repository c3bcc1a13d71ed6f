import type { BoundedLog } from "./bounded-log.ts";
import { longestMessage, parseDatagram, recordLine } from "./netconsole-record.ts";
import { RateBound } from "./rate-bound.ts";
import { SequenceWatch } from "./sequence-watch.ts";

/** What one source may send: a dump of all tasks at once, and no more than a trickle for long. */
export const sourceRate = { perSecond: 100, burst: 20_000 } as const;

/** How often a log says that lines are left out, in milliseconds. */
const noteEveryMs = 10_000;

/** What came of the datagrams of one source; each is received once, and written, over its rate or not written. */
export interface SourceCounts {
  received: number;
  written: number;
  /** Left out, since the source sent more than its rate. */
  overRate: number;
  /** Given up, since the log could not be written. */
  notWritten: number;
  /** Of all that were received, those that were cut. */
  cut: number;
}

/** One source and its log. */
interface Source {
  readonly name: string;
  readonly log: BoundedLog;
  readonly rate: RateBound;
  readonly counts: SourceCounts;
  readonly sequence: SequenceWatch | undefined;
  leftOut: number;
  notedAtMs: number;
  /** Of the lines that wait, which are datagrams; the others are notes. */
  waiting: boolean[];
  failing: boolean;
}

/** Where an intake writes, and what it is told of. */
export interface IntakeArgs {
  /** Key of the VM by the IPv4 address that it sends from. */
  readonly sources: ReadonlyMap<string, string>;
  /** The log of a VM; of undefined, that of everyone whose address is not known. */
  readonly logOf: (key: string | undefined) => BoundedLog;
  readonly now: () => Date;
  /** Called once when a log cannot be written, and once when it can be again. */
  readonly say: (text: string) => void;
}

/**
 * Takes datagrams and writes a line for each into the log of its VM. All that it holds is bounded by the number of
 * VMs: sources that are not known share one log, one rate and one count.
 */
export class Intake {
  readonly #byAddress: ReadonlyMap<string, Source>;
  readonly #unknown: Source;
  readonly #all: readonly Source[];
  readonly #now: () => Date;
  readonly #say: (text: string) => void;

  constructor({ sources, logOf, now, say }: IntakeArgs) {
    const nowMs = now().getTime();
    const make = (key: string | undefined): Source => ({
      name: key ?? "(unknown)",
      log: logOf(key),
      rate: new RateBound(sourceRate.perSecond, sourceRate.burst, nowMs),
      counts: { received: 0, written: 0, overRate: 0, notWritten: 0, cut: 0 },
      sequence: key === undefined ? undefined : new SequenceWatch(),
      leftOut: 0,
      notedAtMs: 0,
      waiting: [],
      failing: false,
    });
    const byKey = new Map([...new Set(sources.values())].map((key) => [key, make(key)] as const));
    this.#byAddress = new Map(
      [...sources].flatMap(([address, key]) => {
        const source = byKey.get(key);
        return source === undefined ? [] : [[address, source] as const];
      }),
    );
    this.#unknown = make(undefined);
    this.#all = [...byKey.values(), this.#unknown];
    this.#now = now;
    this.#say = say;
  }

  /** Takes one datagram from an IPv4 address. */
  take(datagram: Uint8Array, address: string): void {
    const known = this.#byAddress.get(address);
    const source = known ?? this.#unknown;
    const now = this.#now();
    source.counts.received += 1;
    if (datagram.length > longestMessage) source.counts.cut += 1;
    if (!source.rate.take(now.getTime())) {
      source.leftOut += 1;
      source.counts.overRate += 1;
      return;
    }
    const record = parseDatagram(datagram);
    const note = record.header && source.sequence?.note(record.header);
    if (note !== undefined) this.#append(source, now, `-- ${note} --`, false);
    const from = known === undefined ? `${address} ` : "";
    this.#append(source, now, `${from}${recordLine(record)}`, true);
  }

  /** Writes what waits; what was left out is said in the log from time to time, and at the end. */
  flush(end = false): void {
    const now = this.#now();
    for (const source of this.#all) {
      if (source.leftOut > 0 && (end || now.getTime() - source.notedAtMs >= noteEveryMs)) {
        const { perSecond } = sourceRate;
        this.#append(source, now, `-- messages left out: ${source.leftOut} (over ${perSecond}/s) --`, false);
        source.leftOut = 0;
        source.notedAtMs = now.getTime();
      }
      this.#flush(source);
      if (end) source.log.close();
    }
  }

  /** What came of all that was received, by source. */
  counts(): Readonly<Record<string, Readonly<SourceCounts>>> {
    return Object.fromEntries(this.#all.map(({ name, counts }) => [name, { ...counts }]));
  }

  #append(source: Source, now: Date, line: string, isDatagram: boolean): void {
    source.waiting.push(isDatagram);
    if (source.log.append(`${now.toISOString()} ${line}`)) this.#flush(source);
  }

  #flush(source: Source): void {
    const { written, error } = source.log.flush();
    const datagrams = (lines: readonly boolean[]) => lines.filter((one) => one).length;
    source.counts.written += datagrams(source.waiting.slice(0, written));
    source.counts.notWritten += datagrams(source.waiting.slice(written));
    source.waiting = [];
    if (error !== undefined && !source.failing) {
      this.#say(
        `${source.log.path}: cannot be written (${error}); messages are counted and given up until it can`,
      );
    }
    if (error === undefined && written > 0 && source.failing) {
      this.#say(`${source.log.path}: can be written again`);
    }
    if (error !== undefined || written > 0) source.failing = error !== undefined;
  }
}
