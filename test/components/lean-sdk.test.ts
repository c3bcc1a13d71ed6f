import log from "@pulumi/pulumi/log/index.js";
import { afterEach, expect, test } from "vitest";
import { useLeanSdk } from "../../components/lean-sdk.ts";

const before = { limit: Error.stackTraceLimit, prepare: Error.prepareStackTrace, debug: log.debug };
afterEach(() => {
  Error.stackTraceLimit = before.limit;
  (Error as { prepareStackTrace: unknown }).prepareStackTrace = before.prepare;
  log.debug = before.debug;
});

test("the SDK takes no stack traces, maps none and sends no debug messages; an error keeps its message", () => {
  useLeanSdk({});
  expect(new Error("wrong").stack).toBe("Error: wrong");
  expect(Error.prepareStackTrace).toBeUndefined();
  expect(log.debug).not.toBe(before.debug);
});

test("PROXMOX_FLEET_DEBUG leaves the SDK as it is", () => {
  useLeanSdk({ PROXMOX_FLEET_DEBUG: "1" });
  expect(Error.stackTraceLimit).toBe(before.limit);
  expect(log.debug).toBe(before.debug);
});
