import { describe, expect, test } from "vitest";
import { requiredModules } from "../../toolchain/build.mjs";
import { elapsed, progressLine } from "../../toolchain/progress.mjs";

describe("a progress line", () => {
  test("holds stage, elapsed time and detail", () => {
    expect(progressLine({ stage: "getting Go modules", elapsedMs: 65_400, detail: "120 of 311" })).toBe(
      "toolchain: getting Go modules, 1:05, 120 of 311",
    );
  });

  test("ends with the time when there is no detail", () => {
    expect(progressLine({ stage: "npm ci", elapsedMs: 999, detail: "" })).toBe("toolchain: npm ci, 0:00");
  });

  test.each([
    [0, "0:00"],
    [59_999, "0:59"],
    [60_000, "1:00"],
    [3_600_000, "60:00"],
  ])("shows %d ms as %s", (ms, text) => {
    expect(elapsed(ms)).toBe(text);
  });
});

test("the total of modules is what go.mod requires, replaced ones once", () => {
  const goMod = [
    "module x",
    "",
    "go 1.26.0",
    "require (",
    "\texample.org/a v1.0.0",
    "\texample.org/b v0.0.0-20260101000000-abcdefabcdef // indirect",
    ")",
    "replace example.org/a => example.org/c v1.0.0",
  ].join("\n");
  expect(requiredModules(goMod)).toBe(2);
});
