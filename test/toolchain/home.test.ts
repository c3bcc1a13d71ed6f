import { describe, expect, test } from "vitest";
import { buildKey, cacheRoot, homeAt } from "../../toolchain/home.mjs";

const versions = { engine: "3.1.0", provider: "8.0.0" };
const files: [string, string][] = [
  ["go.mod", "module a"],
  ["go.sum", "sums"],
  ["provider/main.go", "package main"],
];

describe("the key of a build", () => {
  test("is the same whatever order the files were found in", () => {
    const key = buildKey(files, versions, "linux-x64");
    expect(buildKey([...files].reverse(), versions, "linux-x64")).toBe(key);
    expect(key).toMatch(/^[0-9a-f]{12}$/);
  });

  test("changes with a pinned module, a Go source, a version and the platform", () => {
    const edited = (name: string): [string, string][] =>
      files.map(([file, text]) => [file, file === name ? `${text} edited` : text]);
    const keys = [
      buildKey(files, versions, "linux-x64"),
      buildKey(edited("go.mod"), versions, "linux-x64"),
      buildKey(edited("go.sum"), versions, "linux-x64"),
      buildKey(edited("provider/main.go"), versions, "linux-x64"),
      buildKey(files, { ...versions, engine: "3.1.1" }, "linux-x64"),
      buildKey(files, { ...versions, provider: "8.0.1" }, "linux-x64"),
      buildKey(files, versions, "linux-arm64"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("cannot be the same for a text that moved from one file to the next", () => {
    expect(buildKey([["a", "xy"]], versions, "linux-x64")).not.toBe(
      buildKey([["ax", "y"]], versions, "linux-x64"),
    );
  });
});

describe("a home", () => {
  test("has the engine where the npm launcher looks, the host beside it, the provider among the plugins", () => {
    const home = homeAt("built here", "/cache/t", versions, "linux");
    expect(home).toEqual({
      source: "built here",
      dir: "/cache/t",
      bin: "/cache/t/versions/3.1.0/bin",
      engine: "/cache/t/versions/3.1.0/bin/pulumi",
      languageHost: "/cache/t/versions/3.1.0/bin/pulumi-language-nodejs",
      provider: "/cache/t/plugins/resource-proxmoxve-v8.0.0/pulumi-resource-proxmoxve",
      stamp: "/cache/t/toolchain.json",
    });
  });
});

describe("the cache", () => {
  test("follows XDG_CACHE_HOME", () => {
    expect(cacheRoot({ XDG_CACHE_HOME: "/xdg" }, "/home/u")).toBe("/xdg/proxmox-fleet");
  });

  test.each([{}, { XDG_CACHE_HOME: "" }, { XDG_CACHE_HOME: "relative" }])(
    "is ~/.cache for the environment %j",
    (env) => {
      expect(cacheRoot(env, "/home/u")).toBe("/home/u/.cache/proxmox-fleet");
    },
  );
});
