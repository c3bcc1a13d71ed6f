import { expect, test } from "vitest";
import { type Point, seriesOf, stallWindow } from "../../incident/report/series.ts";
import { changesOf } from "../../incident/report/verdict.ts";
import { incidentRows, stallFrom, stallTo } from "./incident-series.ts";

const minute = 60_000;
const writes = (...values: (number | undefined)[]): Point[] =>
  values.map((diskwrite, index) => ({
    at: index * minute,
    ...(diskwrite !== undefined && { diskwrite, cpu: 0.1 }),
  }));

test("the incident's window is 15:21 to 16:48, 87 minutes", () => {
  const window = stallWindow(seriesOf(incidentRows()));
  expect(window).toEqual({ from: stallFrom, to: stallTo, open: false });
  expect((stallTo - stallFrom) / minute).toBe(87);
});

test("while it lasts the window is open", () => {
  const window = stallWindow(seriesOf(incidentRows(Date.parse("2026-06-11T16:40:00Z"))));
  expect(window).toEqual({ from: stallFrom, to: Date.parse("2026-06-11T16:40:00Z"), open: true });
});

test("the change is that of the incident: 380 K/s to 7 K/s, 11 % to 50 %", () => {
  const changes = changesOf(seriesOf(incidentRows()), { from: stallFrom, to: stallTo, open: false });
  const of = (key: string) => changes.find((one) => one.key === key);
  expect(of("netout")?.before).toBeGreaterThan(330_000);
  expect(of("netout")?.within).toBeLessThan(8_000);
  expect(of("cpu")?.before).toBeCloseTo(0.11, 1);
  expect(of("cpu")?.within).toBeCloseTo(0.5, 1);
});

test("a VM that never wrote, or was stopped, or wrote nothing for a moment has no window", () => {
  expect(stallWindow(writes(0, 0, 0, 0, 0, 0))).toBeUndefined();
  expect(stallWindow(writes(5, 5, undefined, undefined, undefined, undefined, 5))).toBeUndefined();
  expect(stallWindow(writes(5, undefined, 0, 0, 0, 0, 0))).toBeUndefined();
  expect(stallWindow(writes(5, 0, 0, 5))).toBeUndefined();
});

test("of several windows the longest counts", () => {
  expect(stallWindow(writes(5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 5))).toEqual({
    from: 5 * minute,
    to: 10 * minute,
    open: false,
  });
});

test("rows that are no figures are left out, not guessed", () => {
  expect(seriesOf("nonsense")).toEqual([]);
  expect(seriesOf([{ time: 60, diskwrite: "many", cpu: 0.5 }])).toEqual([{ at: 60_000, cpu: 0.5 }]);
});
