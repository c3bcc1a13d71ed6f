import { describe, expect, test } from "vitest";
import { type Report, renderReport } from "../../toolchain/report.mjs";

const engine: Report["parts"][number] = {
  name: "engine",
  version: "3.1.0",
  from: "built here",
  path: "/cache/t/bin/pulumi",
  sha256: "0123456789abcdef",
  problem: undefined,
};

describe("the report of what is in use", () => {
  test("names version, origin, path and hash", () => {
    expect(renderReport({ complete: true, home: "/cache/t", parts: [engine] })).toBe(
      [
        "engine        3.1.0    built here",
        "              /cache/t/bin/pulumi (sha256 0123456789ab)",
        "complete; PULUMI_HOME of this project's own runs is /cache/t",
      ].join("\n"),
    );
  });

  test("puts the way out where the origin would be", () => {
    const missing = { ...engine, sha256: undefined, problem: "missing; run npm run setup" };
    expect(renderReport({ complete: false, home: "/cache/t", parts: [missing] })).toBe(
      [
        "engine        3.1.0    PROBLEM: missing; run npm run setup",
        "              /cache/t/bin/pulumi",
        "not complete",
      ].join("\n"),
    );
  });
});
