import { expect, test } from "vitest";
import { readLog } from "../../incident/report/log-lines.ts";
import { momentsOf, timeZone } from "../../incident/report/time-zone.ts";

const near = Date.parse("2026-06-11T16:00:00Z");
const sofia = timeZone("Europe/Sofia");
const iso = (at: number) => new Date(at).toISOString();
const read = (text: string, zone = sofia) => {
  const { events, ...rest } = readLog(text, zone, near);
  return { ...rest, events: events.map(({ at, text: said }) => [iso(at), said]) };
};

test.each([
  ["syslog", "Jun 11 18:21:00 pve kernel: x", "pve kernel: x", "2026-06-11T15:21:00.000Z"],
  ["RFC 3339", "2026-06-11T18:21:00+0300 pve kernel: x", "pve kernel: x", "2026-06-11T15:21:00.000Z"],
  ["RFC 3339", "2026-06-11T15:21:00.250Z x", "x", "2026-06-11T15:21:00.250Z"],
  ["RFC 3339", "2026-06-11T12:51:00-02:30 x", "x", "2026-06-11T15:21:00.000Z"],
  ["date and time", "2026-06-11 18:21:00,125 x", "x", "2026-06-11T15:21:00.125Z"],
  ["dmesg -T", "[Thu Jun 11 18:21:00 2026] x", "x", "2026-06-11T15:21:00.000Z"],
])("%s: %s", (form, line, text, utc) => {
  expect(read(line)).toEqual({ form, events: [[utc, text]], undated: 0, ambiguous: false });
});

test("a line without a year is of the year that is nearest", () => {
  const turn = Date.parse("2026-01-01T00:30:00Z");
  const { events } = readLog("Dec 31 23:59:59 pve x\nJan  1 00:00:01 pve y", timeZone("UTC"), turn);
  expect(events.map(({ at }) => iso(at))).toEqual(["2025-12-31T23:59:59.000Z", "2026-01-01T00:00:01.000Z"]);
});

test("a line without a time belongs to the one before it, and before the first to none", () => {
  expect(read("-- Boot 1 --\nJun 11 18:21:00 pve a\n  at b()\n")).toEqual({
    form: "syslog",
    events: [["2026-06-11T15:21:00.000Z", "pve a\n  at b()"]],
    undated: 1,
    ambiguous: false,
  });
});

test("a log in no known form is said to be one", () => {
  expect(read("nonsense\nmore")).toEqual({ events: [], undated: 2, ambiguous: false });
});

test("an hour that comes twice when the clock is set back is told apart by the order of its lines", () => {
  const autumn = Date.parse("2026-10-25T01:00:00Z");
  const log = ["03:10:00", "03:50:00", "03:05:00", "04:00:00"]
    .map((time) => `Oct 25 ${time} pve x`)
    .join("\n");
  const { events, ambiguous } = readLog(log, sofia, autumn);
  expect(events.map(({ at }) => iso(at).slice(11, 19))).toEqual([
    "00:10:00",
    "00:50:00",
    "01:05:00",
    "02:00:00",
  ]);
  expect(ambiguous).toBe(true);
});

test("a time that the clock jumped over is read as if it had not jumped", () => {
  const spring = Date.UTC(2026, 2, 29, 3, 30);
  expect(momentsOf(spring, sofia).map(iso)).toEqual(["2026-03-29T01:30:00.000Z"]);
});

test("a zone is a name or an offset, and another word is refused", () => {
  expect(timeZone("-02:30").offsetAt(near)).toBe(-9_000_000);
  expect(() => timeZone("Mars/Olympus")).toThrow(
    'no such time zone (got "Mars/Olympus"); allowed is a name such as Europe/Sofia, UTC, or an offset such as +03:00; correct it',
  );
});
