import { describe, expect, test } from "vitest";
import { listenAddress } from "../../cli/watch/listen-address.ts";

describe("--listen", () => {
  test.each([
    ["127.0.0.1:9731", { host: "127.0.0.1", port: 9731, loopback: true }],
    ["[::1]:9731", { host: "::1", port: 9731, loopback: true }],
    ["localhost:0", { host: "127.0.0.1", port: 0, loopback: true }],
    ["9731", { host: "127.0.0.1", port: 9731, loopback: true }],
    [":9731", { host: "127.0.0.1", port: 9731, loopback: true }],
    ["192.0.2.7:9731", { host: "192.0.2.7", port: 9731, loopback: false }],
    ["0.0.0.0:9731", { host: "0.0.0.0", port: 9731, loopback: false }],
  ])("%s", (text, expected) => {
    expect(listenAddress(text)).toEqual(expected);
  });

  test.each(["127.0.0.1", "example.org:9731", "127.0.0.1:70000", "::1:9731", "0.0.0.0", ""])(
    "refuses %j",
    (text) => {
      expect(() => listenAddress(text)).toThrow("fleet watch: nothing to listen on (got --listen");
    },
  );
});
