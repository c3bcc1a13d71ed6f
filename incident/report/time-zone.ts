/** A zone by its IANA name, `UTC`, or an offset such as `+03:00`. */
export interface TimeZone {
  readonly name: string;
  /** Milliseconds that local time is ahead of UTC at a moment. */
  offsetAt(utc: number): number;
}

/** @throws {Error} when there is no such zone */
export function timeZone(name: string): TimeZone {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(name) ?? [];
  if (sign !== undefined) {
    const ahead = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
    return { name, offsetAt: () => ahead };
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    throw new Error(
      `no such time zone (got ${JSON.stringify(name)}); allowed is a name such as Europe/Sofia, UTC, or an offset such as +03:00; correct it`,
    );
  }
  return { name, offsetAt: (utc) => wallClock(format, utc) - Math.floor(utc / 1000) * 1000 };
}

function wallClock(format: Intl.DateTimeFormat, utc: number): number {
  const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The moments that a clock of a zone shows as `local`, earliest first: two where the clock was set back over it.
 * A time that the clock jumped over is read as if it had not jumped.
 *
 * @param local milliseconds since the epoch, were the clock's zone UTC
 */
export function momentsOf(local: number, zone: TimeZone): number[] {
  const day = 86_400_000;
  const offsets = new Set([zone.offsetAt(local - day), zone.offsetAt(local + day), zone.offsetAt(local)]);
  const candidates = [...offsets].map((offset) => local - offset).sort((a, b) => a - b);
  const real = candidates.filter((utc) => zone.offsetAt(utc) === local - utc);
  return real.length > 0 ? real : [local - zone.offsetAt(local - day)];
}
