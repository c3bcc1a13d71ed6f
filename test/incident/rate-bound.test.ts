import { expect, test } from "vitest";
import { RateBound } from "../../incident/listener/rate-bound.ts";

/** How many of so many are let through at one moment. */
function letThrough(bound: RateBound, count: number, atMs: number): number {
  return Array.from({ length: count }, () => bound.take(atMs)).filter((one) => one).length;
}

test("a burst is let through at once, and then the rate", () => {
  const bound = new RateBound(100, 500, 0);
  expect(letThrough(bound, 1000, 0)).toBe(500);
  expect(letThrough(bound, 1000, 1000)).toBe(100);
  expect(letThrough(bound, 1000, 1010)).toBe(1);
});

test("rest saves up no more than a burst", () => {
  const bound = new RateBound(100, 500, 0);
  expect(letThrough(bound, 1000, 3_600_000)).toBe(500);
});

test("a clock that is set back neither gives nor takes", () => {
  const bound = new RateBound(100, 500, 10_000);
  expect(letThrough(bound, 500, 10_000)).toBe(500);
  expect(letThrough(bound, 10, 0)).toBe(0);
  expect(letThrough(bound, 1000, 1000)).toBe(100);
});
