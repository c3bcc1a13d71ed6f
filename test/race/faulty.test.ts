import { resolve } from "node:path";
import { expect, test } from "vitest";
import { runProcessRounds } from "./suite.ts";

/** A suite that cannot fail proves nothing: each build of the provider has one deliberate bug. */
const faults = [
  { build: "no-digest", shows: "carried no digest" },
  { build: "pending-view", shows: "is not" },
  { build: "every-drive", shows: "names what is not declared" },
];

test.for(faults)(
  "the build $build is caught within 200 rounds, with a short script",
  async ({ build, shows }) => {
    const program = resolve(import.meta.dirname, `faulty/${build}.ts`);
    const { failure, errors } = await runProcessRounds({ rounds: 200, seed: 1, program });
    expect(errors).toBe(1);
    expect(failure?.findings.map(({ text }) => text).join("\n")).toContain(shows);
    const [step, ...others] = failure?.script.steps ?? [];
    expect(others).toEqual([]);
    expect([...(step?.before ?? []), ...(step?.between ?? [])].length).toBeLessThanOrEqual(1);
  },
);
