import { describe, expect, test } from "vitest";
import { advice, downloadErrorText, failedDownloads, failedModules } from "../../toolchain/go-errors.mjs";

describe("what `go mod download -json` could not get", () => {
  const stdout = [
    `{\n\t"Path": "example.org/good",\n\t"Version": "v1.2.3",\n\t"Sum": "h1:x"\n}`,
    `{\n\t"Path": "example.org/bad",\n\t"Version": "v0.9.0",\n\t"Error": "example.org/bad@v0.9.0: 403 Forbidden"\n}`,
    "",
  ].join("\n");

  test("is named with version and reason", () => {
    expect(failedDownloads(stdout)).toEqual([{ module: "example.org/bad@v0.9.0", reason: "403 Forbidden" }]);
  });

  test("is nothing when nothing was printed", () => {
    expect(failedDownloads("")).toEqual([]);
  });
});

describe("modules in Go's error lines", () => {
  test("an unreachable proxy", () => {
    expect(
      failedModules(
        'go: github.com/pkg/errors@v0.9.0: Get "http://127.0.0.1:1/github.com/pkg/errors/@v/v0.9.0.mod": ' +
          "dial tcp 127.0.0.1:1: connect: connection refused\n",
      ),
    ).toEqual([
      {
        module: "github.com/pkg/errors@v0.9.0",
        reason:
          'Get "http://127.0.0.1:1/github.com/pkg/errors/@v/v0.9.0.mod": dial tcp 127.0.0.1:1: connect: connection refused',
      },
    ]);
  });

  test("a module that an import needs, once even if several imports do", () => {
    const line =
      "main.go:5:2: example.org/x/v2@v2.0.0-20260101000000-abcdefabcdef: reading https://proxy: 403 Forbidden";
    expect(failedModules(`${line}\n${line}\n`)).toEqual([
      {
        module: "example.org/x/v2@v2.0.0-20260101000000-abcdefabcdef",
        reason: "reading https://proxy: 403 Forbidden",
      },
    ]);
  });

  test("progress lines are no errors", () => {
    expect(
      failedModules(
        "go: downloading example.org/x v1.0.0\n# get https://proxy/example.org/x@v1.0.0/@v/v1.0.0.zip\n",
      ),
    ).toEqual([]);
  });
});

describe("the advice", () => {
  test.each([
    ["reading https://proxy/x.zip: 403 Forbidden", "refuses this version"],
    ["reading https://proxy/x.zip: 404 Not Found", "refuses this version"],
    ["verifying module: checksum mismatch", "not what go.sum pins"],
    ["write /mod/x.zip: no space left on device", "make room"],
    ["dial tcp: lookup proxy: no such host", "check the network"],
    ["read: connection reset by peer", "check the network"],
  ])("for `%s` is to %s", (reason, expected) => {
    expect(advice(reason)).toContain(expected);
  });

  test("comes with module and reason, one line for each module", () => {
    expect(
      downloadErrorText([
        { module: "a.org/a@v1.0.0", reason: "no such host" },
        { module: "b.org/b@v1.0.0", reason: "403 Forbidden" },
      ]).split("\n"),
    ).toEqual([
      "toolchain: a.org/a@v1.0.0 could not be downloaded (no such host); check the network and run npm run setup " +
        "again; what has been downloaded is kept",
      "toolchain: b.org/b@v1.0.0 could not be downloaded (403 Forbidden); the module proxy refuses this version " +
        "and will again; set GOPROXY to one that has it",
    ]);
  });
});
