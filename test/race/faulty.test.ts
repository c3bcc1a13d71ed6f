import { resolve } from "node:path";
import { expect, test } from "vitest";
import { runProcessRounds } from "./suite.ts";

/** A suite that cannot fail proves nothing: each build of the provider has one deliberate bug. */
const faults = [
  { build: "no-digest", shows: "carried no digest", steps: 1 },
  { build: "every-drive", shows: "names what is not declared", steps: 1 },
  // What is to be lost waits at first, from an act or from a step before.
  { build: "current-view", shows: "somebody else left it", steps: 2 },
  { build: "stale-size", shows: "size is not", steps: 2 },
  { build: "wide-delete", shows: "deletes what is not declared to be absent", steps: 2 },
  { build: "numeric-booleans", shows: "somebody else left it", steps: 1 },
];

test.for(faults)(
  "the build $build is caught within 200 rounds, with a short script",
  async ({ build, shows, steps: most }) => {
    const program = resolve(import.meta.dirname, `faulty/${build}.ts`);
    const { failure, errors } = await runProcessRounds({ rounds: 200, seed: 1, program });
    expect(errors).toBe(1);
    expect(failure?.findings.map(({ text }) => text).join("\n")).toContain(shows);
    const steps = failure?.script.steps ?? [];
    expect(steps.length).toBeLessThanOrEqual(most);
    const acts = steps.flatMap(({ before, between, atRead, atWrite }) =>
      [before, between, ...atRead, ...atWrite].flat(),
    );
    expect(acts.length).toBeLessThanOrEqual(1);
  },
);
