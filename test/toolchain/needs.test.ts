import { describe, expect, test } from "vitest";
import { diskSpaceError, goMissingError, goVersionError } from "../../toolchain/needs.mjs";

describe("the Go version", () => {
  test.each(["go1.26", "go1.26.8", "go1.30.1", "go2.0", "go1.27-devel_abc"])("%s is enough", (version) => {
    expect(goVersionError(version)).toBeUndefined();
  });

  test.each(["go1.25.9", "go1.3", "devel", ""])("`%s` is too old", (version) => {
    expect(goVersionError(version)).toContain(`Go is too old (got ${version}); 1.26 or later`);
  });

  test("a missing Go says what to install", () => {
    expect(goMissingError("spawn go ENOENT")).toMatch(
      /spawn go ENOENT.*1\.26.*go\.dev\/dl.*official releases/,
    );
  });
});

describe("the room on disk", () => {
  const places = { modules: "/go/mod", compiled: "/go/cache", results: "/cache" };
  const megabytes = (count: number): number => count * 1024 * 1024;

  test("4.1 GB on one disk are enough", () => {
    expect(diskSpaceError(places, () => ({ device: 1, freeBytes: megabytes(4100) }))).toBeUndefined();
  });

  test("what goes to one disk is added up", () => {
    expect(diskSpaceError(places, () => ({ device: 1, freeBytes: megabytes(4099) }))).toBe(
      "toolchain: too little room for /go/mod and /go/cache and /cache (got 4099 MB free); 4100 MB are needed; " +
        "make room, or set GOMODCACHE, GOCACHE or XDG_CACHE_HOME to another disk",
    );
  });

  test("of two disks only the full one is named", () => {
    const error = diskSpaceError(places, (dir) =>
      dir === "/cache" ? { device: 2, freeBytes: megabytes(10) } : { device: 1, freeBytes: megabytes(9000) },
    );
    expect(error).toContain("too little room for /cache (got 10 MB free); 300 MB are needed");
  });
});
