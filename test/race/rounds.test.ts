import { expect, test } from "vitest";
import { runProcessRounds } from "./suite.ts";

/** Proves nothing of timing inside Proxmox, and nothing of hands that we did not think of. */
test("in 150 rounds other hands lose nothing and we write what is declared, once", async () => {
  const { writes, refusals, ...result } = await runProcessRounds({ rounds: 150, seed: 2026 });
  expect(result).toEqual({ rounds: 150, engineRounds: 0, foreignChanged: 0, capsLost: 0, errors: 0 });
  expect(writes).toBeGreaterThan(150);
  expect(refusals).toBeLessThan(60);
});

test("the same seed draws the same rounds", async () => {
  const [first, second] = [
    await runProcessRounds({ rounds: 5, seed: 7 }),
    await runProcessRounds({ rounds: 5, seed: 7 }),
  ];
  expect(second).toEqual(first);
});
