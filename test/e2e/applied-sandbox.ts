import { expect } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";

/** A sandbox in which the production stack has been applied, with an empty record of requests. */
export async function appliedSandbox(): Promise<Sandbox> {
  const sandbox = await Sandbox.open();
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  if (up.code !== 0) await sandbox[Symbol.asyncDispose]();
  expect(up.code, up.output).toBe(0);
  await sandbox.control.forget();
  return sandbox;
}
