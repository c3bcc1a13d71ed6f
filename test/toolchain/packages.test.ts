import { describe, expect, test } from "vitest";
import { lockDifference, npmErrors } from "../../toolchain/packages.mjs";

const locked = {
  packages: {
    "": { version: "0.1.0" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/a-darwin": { version: "1.0.0", optional: true },
  },
};

describe("npm packages are installed again", () => {
  test("not when all but another platform's optional ones are there", () => {
    expect(lockDifference(locked, { packages: { "node_modules/a": { version: "1.0.0" } } })).toBeUndefined();
  });

  test("when node_modules is missing", () => {
    expect(lockDifference(locked, undefined)).toBe("nothing is installed");
  });

  test("when one is missing", () => {
    expect(lockDifference(locked, { packages: {} })).toBe("node_modules/a is missing, not 1.0.0");
  });

  test("when one has another version", () => {
    expect(lockDifference(locked, { packages: { "node_modules/a": { version: "0.9.0" } } })).toBe(
      "node_modules/a is 0.9.0, not 1.0.0",
    );
  });

  test("when one is no longer in the lock", () => {
    expect(
      lockDifference(locked, {
        packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.0.0" } },
      }),
    ).toBe("node_modules/b is not in package-lock.json");
  });
});

test("of a failed npm ci the first errors are shown, not the warnings around them", () => {
  const stderr = [
    "npm warn EBADENGINE Unsupported engine {",
    "npm error code E404",
    "npm error",
    "npm error 404 Not Found - GET https://registry.example/nothing",
  ].join("\n");
  expect(npmErrors(stderr)).toBe(
    "npm error code E404\nnpm error 404 Not Found - GET https://registry.example/nothing",
  );
  expect(npmErrors("spawn npm ENOENT\n")).toBe("spawn npm ENOENT");
});
