import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Sandbox } from "../../demo/sandbox.ts";
import { appliedSandbox } from "./applied-sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await appliedSandbox();
});
afterEach(() => sandbox.control.forget());
afterAll(() => sandbox[Symbol.asyncDispose]());

/** What the state holds of every resource. */
function resources(): Record<string, unknown> {
  const file = join(sandbox.dir, "state/.pulumi/stacks/proxmox-fleet/prod.json");
  const state = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint: { latest: { resources: { urn: string; inputs?: unknown; outputs?: unknown }[] } };
  };
  return Object.fromEntries(
    state.checkpoint.latest.resources.map(({ urn, inputs, outputs }) => [urn, { inputs, outputs }]),
  );
}

const broken: [what: string, env: () => Record<string, string | undefined>, message: RegExp][] = [
  [
    "an endpoint where nobody listens",
    () => ({ PROXMOX_VE_ENDPOINT: "https://127.0.0.1:9/" }),
    /no answer to GET \/version \(got ECONNREFUSED\).*PROXMOX_VE_ENDPOINT/,
  ],
  [
    "a token with a wrong secret",
    () => ({ PROXMOX_VE_API_TOKEN: "fleet@pve!deploy=00000000-0000-0000-0000-000000000000" }),
    /Proxmox rejects the API token \(got 401\).*PROXMOX_VE_API_TOKEN/,
  ],
  [
    "a certificate that nobody vouches for",
    () => ({ SSL_CERT_FILE: undefined }),
    /the certificate is not trusted \(got [A-Z_]+\).*PROXMOX_VE_CA_FILE/,
  ],
];

describe("with thirteen VMs in the state, a connection that cannot work is one error", () => {
  test.each(broken)("%s", async (_, env, message) => {
    const before = resources();
    for (const args of [
      ["preview"],
      ["up", "--yes", "--skip-preview"],
      ["refresh", "--yes", "--skip-preview"],
    ]) {
      const run = await sandbox.pulumi(args, env());
      expect(run.code).not.toBe(0);
      const report = run.output.slice(run.output.indexOf("\nDiagnostics:"));
      const errors = report.split("\n").filter((line) => /^ +error: (?!(preview|update) failed$)/.test(line));
      expect(errors, run.output).toHaveLength(1);
      expect(errors[0]).toMatch(message);
      expect(resources()).toEqual(before);
    }
    expect(await sandbox.control.writes()).toEqual([]);
  });
});
