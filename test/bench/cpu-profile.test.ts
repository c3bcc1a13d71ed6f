import { expect, test } from "vitest";
import { cpuProfileOf } from "../../bench/cpu-profile.ts";

/** A profile in which each frame was seen once, for a millisecond each. */
function profile(...frames: [functionName: string, url: string][]): string {
  return JSON.stringify({
    nodes: frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
    samples: frames.map((_, id) => id),
    timeDeltas: frames.map(() => 1000),
  });
}

test("time goes to whose code ran, and waiting is none", () => {
  const { places } = cpuProfileOf(
    profile(
      ["(root)", ""],
      ["(idle)", ""],
      ["(garbage collector)", ""],
      ["parse", "file:///srv/fleet/node_modules/zod/v4/core/parse.js"],
      ["construct", "/srv/fleet/node_modules/@pulumi/pulumi/node_modules/semver/index.js"],
      ["register", "/srv/fleet/node_modules/@pulumi/pulumi/resource.js"],
      ["planKey", "file:///srv/fleet/proxmox/key-plan.ts"],
      ["wrapSafe", "node:internal/modules/cjs/loader"],
      ["internalModuleStat", ""],
      ["write", "node:net"],
    ),
  );
  expect(places).toEqual({
    "garbage collection": 1,
    zod: 1,
    semver: 1,
    "@pulumi/pulumi": 1,
    "this project": 1,
    "Node: loading modules": 2,
    "Node: the rest": 2,
  });
});

test.each([
  ["program", "file:///srv/fleet/node_modules/@pulumi/pulumi/cmd/run/index.js"],
  ["our provider", "file:///srv/fleet/provider/main.ts"],
  ["fleet", "file:///srv/fleet/cli/main.ts"],
])("a process is the %s by what it runs", (kind, url) => {
  expect(cpuProfileOf(profile(["start", "node:internal/main"], ["", url])).kind).toBe(kind);
});
