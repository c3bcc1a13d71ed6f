import { expect, test } from "vitest";
import { runEngineRounds } from "./suite.ts";

test("in 5 rounds of the real engine, one creating a VM beside, other hands lose nothing", async () => {
  const { writes, refusals, ...result } = await runEngineRounds({ rounds: 5, seed: 2025 });
  expect(result).toEqual({ rounds: 5, engineRounds: 5, foreignChanged: 0, capsLost: 0, errors: 0 });
  expect(writes).toBeGreaterThan(5);
  expect(refusals).toBeLessThan(3);
});
