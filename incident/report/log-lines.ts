import { momentsOf, type TimeZone } from "./time-zone.ts";

/** A line of a log, at its moment. */
interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
}

/** A log that was read as far as it could be. */
export interface ReadLog {
  readonly events: readonly LogEvent[];
  /** Lines before the first time, or without any: they belong to no moment. */
  readonly undated: number;
  /** Name of the form of its times; undefined when there is none that is known. */
  readonly form?: string;
  /** Whether some times came twice, when the clock was set back, and were told apart by their order. */
  readonly ambiguous: boolean;
}

interface Clock {
  readonly zone: TimeZone;
  /** Year of lines that name none, as near as possible to this moment. */
  readonly near: number;
}

/** A time as a line shows it: a moment, or what a clock on the wall showed. */
type Stamp = { readonly utc: number } | { readonly local: number };

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
  read(match: RegExpExecArray, clock: Clock): Stamp;
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const month = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";

const forms: readonly Form[] = [
  {
    // journalctl -o short-iso, RFC 3339: says its offset, and needs no zone.
    name: "RFC 3339",
    pattern: /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)\s*/,
    read: (match) => {
      const [, , , , , , , , zone = "Z"] = match;
      const sign = zone.startsWith("-") ? -1 : 1;
      const digits = zone.replace(/\D/g, "").padEnd(4, "0");
      const ahead = sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))) * 60_000;
      return { utc: isoWall(match) - ahead };
    },
  },
  {
    name: "date and time",
    pattern: /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*/,
    read: (match) => ({ local: isoWall(match) }),
  },
  {
    name: "dmesg -T",
    pattern: new RegExp(`^\\[\\w{3} (${month}) +(\\d{1,2}) (\\d\\d):(\\d\\d):(\\d\\d) (\\d{4})\\] ?`),
    read: ([, name = "", day, hour, minute, second, year]) => ({
      local: wall(Number(year), name, [day, hour, minute, second]),
    }),
  },
  {
    name: "syslog",
    pattern: new RegExp(`^(${month}) +(\\d{1,2}) (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.\\d+)? `),
    read: ([, name = "", day, hour, minute, second], { near }) => {
      const around = new Date(near).getUTCFullYear();
      const years = [around - 1, around, around + 1].map((year) =>
        wall(year, name, [day, hour, minute, second]),
      );
      return {
        local: years.reduce((best, one) => (Math.abs(one - near) < Math.abs(best - near) ? one : best)),
      };
    },
  },
];

function isoWall([, year, mon, day, hour, minute, second, fraction = "0"]: RegExpExecArray): number {
  const seconds = Date.UTC(
    Number(year),
    Number(mon) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return seconds + Math.trunc(Number(`0.${fraction}`) * 1000);
}

function wall(
  year: number,
  name: string,
  [day, hour, minute, second]: readonly (string | undefined)[],
): number {
  const index = months.indexOf(name.toLowerCase());
  return Date.UTC(year, index, Number(day), Number(hour), Number(minute), Number(second));
}

/**
 * Reads a log whatever form its times have. A line without a time belongs to the one before it.
 *
 * @param zone of the clock that wrote it; a line that says its own offset does not need it
 * @param near a moment that the log is about, in milliseconds since the epoch
 */
export function readLog(text: string, zone: TimeZone, near: number): ReadLog {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const form = mostUsed(lines);
  if (form === undefined) return { events: [], undated: lines.length, ambiguous: false };
  const events: { at: number; text: string }[] = [];
  let undated = 0;
  let ambiguous = false;
  for (const line of lines) {
    const match = form.pattern.exec(line);
    const last = events.at(-1);
    if (match === null) {
      if (last === undefined) undated += 1;
      else last.text += `\n${line}`;
      continue;
    }
    const stamp = form.read(match, { zone, near });
    const moments = "utc" in stamp ? [stamp.utc] : momentsOf(stamp.local, zone);
    if (moments.length > 1) ambiguous = true;
    const before = last?.at ?? Number.NEGATIVE_INFINITY;
    const at = moments.find((one) => one >= before) ?? moments.at(-1) ?? Number.NaN;
    if (Number.isFinite(at)) events.push({ at, text: line.slice(match[0].length) });
  }
  return { events, undated, form: form.name, ambiguous };
}

function mostUsed(lines: readonly string[]): Form | undefined {
  const counted = forms.map((form) => ({
    form,
    hits: lines.filter((line) => form.pattern.test(line)).length,
  }));
  const [best] = counted.sort((one, other) => other.hits - one.hits);
  return best === undefined || best.hits === 0 ? undefined : best.form;
}
