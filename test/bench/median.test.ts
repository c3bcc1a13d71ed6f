import { expect, test } from "vitest";
import { median } from "../../bench/median.ts";

test("the median is the middle value, or the mean of the two middle ones, in whatever order they come", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(median([])).toBeNaN();
});
