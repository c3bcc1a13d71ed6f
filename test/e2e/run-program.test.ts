import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox } from "../../demo/sandbox.ts";
import { appliedSandbox } from "./applied-sandbox.ts";

/** The engine's --run-program: VMs are read while the program runs, instead of before. */

const quickCheck = ["preview", "--refresh", "--run-program", "--expect-no-changes"];
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await appliedSandbox();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test("the drift check with --run-program is clean where nothing differs, and reads every VM once", async () => {
  const check = await sandbox.pulumi(quickCheck);
  expect(check.code, check.output).toBe(0);
  const asked = (await sandbox.control.requests()).map(({ method, path }) => `${method} ${path}`);
  expect(asked.filter((one) => one.endsWith("/pending"))).toHaveLength(13);
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked.filter((one) => !one.startsWith("GET "))).toEqual([]);
});

test("it finds a hand edit; without --refresh the flag hides it, which is why the documented check does without", async () => {
  const { config } = await sandbox.control.vm(202);
  await sandbox.control.act(202, "edit", { scsi0: config.scsi0?.replace("mbps_wr=120", "mbps_wr=90") });

  const found = await sandbox.pulumi(quickCheck);
  expect(found.code).not.toBe(0);
  expect(found.output).toContain("drives.scsi0.mbps_wr: 90 => 120  [live]");
  expect((await sandbox.pulumi(["preview", "--expect-no-changes"])).code).not.toBe(0);
  expect((await sandbox.pulumi(["preview", "--run-program", "--expect-no-changes"])).code).toBe(0);
});
