import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";

test("endpoint, token and CA from stack configuration alone serve both providers' checks, and the token is a secret in state", async () => {
  await using sandbox = await Sandbox.open();
  const { endpoint, apiToken, caFile } = sandbox.emulator;
  const none = { PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_API_TOKEN: undefined, SSL_CERT_FILE: undefined };
  for (const args of [
    ["config", "set", "endpoint", endpoint],
    ["config", "set", "caFile", caFile],
    ["config", "set", "--secret", "apiToken", apiToken],
  ]) {
    const set = await sandbox.pulumi(args, none);
    expect(set.code, set.output).toBe(0);
  }
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"], none);
  expect(up.code, up.output).toBe(0);
  const second = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"], none);
  expect(second.code, second.output).toBe(0);

  const state = await sandbox.pulumi(["stack", "export"], none);
  const secret = apiToken.split("=")[1] ?? "no secret";
  for (const text of [state.stdout, up.output, readFileSync(join(sandbox.dir, "Pulumi.prod.yaml"), "utf8")]) {
    expect(text).not.toContain(secret);
  }
});
