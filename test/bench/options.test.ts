import { expect, test } from "vitest";
import { operations, parseOptions, runsAt, subjects } from "../../bench/options.ts";

test("without options everything is measured, three times", () => {
  expect(parseOptions([])).toEqual({
    json: false,
    sizes: [1, 12, 100, 1000],
    latencies: [0, 20],
    runs: 3,
    operations,
    subjects,
    page: "docs/performance.md",
  });
});

test("lists are sorted, each once, and names keep their own order", () => {
  const options = parseOptions(["--sizes", "100,12,12", "--operations", "up,preview", "--subjects", "empty"]);
  expect(options.sizes).toEqual([12, 100]);
  expect(options.operations).toEqual(["preview", "up"]);
  expect(options.subjects).toEqual(["empty"]);
});

test("what is no count or no known name is refused with what is allowed", () => {
  expect(() => parseOptions(["--sizes", "12,many"])).toThrow(
    "--sizes: no list of counts (got 12,many); allowed are whole numbers from 1, with commas; correct it",
  );
  expect(() => parseOptions(["--runs", "0"])).toThrow("--runs: no list of counts (got 0)");
  expect(() => parseOptions(["--latency="])).toThrow("--latency: no list of counts (got )");
  expect(() => parseOptions(["--subjects", "adopted,ansible"])).toThrow(
    "--subjects: no such name (got ansible); allowed are adopted,created,plain,terraform,empty; correct it",
  );
});

test("above 100 VMs an operation is repeated a third as often, and at least once", () => {
  expect([1, 100, 101, 1000].map((vms) => runsAt(vms, 5))).toEqual([5, 5, 2, 2]);
  expect(runsAt(1000, 1)).toBe(1);
});
