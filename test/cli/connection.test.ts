import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { fleet } from "./fleet-run.ts";
import { incidentSeed } from "./incident.ts";

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ seed: incidentSeed() });
  folder = mkdtempSync(join(tmpdir(), "fleet-connection-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await emulator.close();
});

const stack = (...more: string[]) =>
  writeFileSync(
    join(folder, "Pulumi.prod.yaml"),
    [
      "config:",
      `  proxmox-fleet:endpoint: ${emulator.endpoint}/api2/json`,
      `  proxmox-fleet:caFile: ${emulator.caFile}`,
      "  proxmox-fleet:fleet: { vms: { devvm: { vmid: 102 } } }",
      ...more,
      "",
    ].join("\n"),
  );

const commands: [command: string, ...argv: string[]][] = [
  ["audit", "--policy"],
  ["status", "devvm"],
  ["stalls", "devvm"],
];

test.each(commands)(
  "fleet %s takes endpoint and authority from the stack file, as the program does",
  async (...argv) => {
    stack();
    const run = await fleet(argv, { cwd: folder, env: { PROXMOX_VE_API_TOKEN: emulator.readOnlyToken } });
    expect(run.stderr).not.toContain("not set");
    expect(run.stdout).toContain("devvm");
  },
);

test.each(commands)(
  "fleet %s says of a token that the stack holds encrypted how to hand it over",
  async (...argv) => {
    stack("  proxmox-fleet:apiToken: { secure: v1:abc }");
    const { code, stdout, stderr } = await fleet(argv, { cwd: folder });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^PROXMOX_VE_API_TOKEN: not set, and the stack's proxmox-fleet:apiToken is encrypted, .*\n$/,
    );
  },
);

test("a server that echoes the token shows it to nobody", async () => {
  stack();
  const secret = emulator.readOnlyToken.split("=")[1] ?? "";
  const control = new Control(emulator.controlUrl);
  const message = `rejected header PVEAPIToken=${emulator.readOnlyToken}`;
  await control.fault({
    method: "GET",
    path: "/cluster/resources",
    action: "fail",
    status: 500,
    message,
    times: 99,
  });
  for (const argv of commands) {
    const run = await fleet(argv, { cwd: folder, env: { PROXMOX_VE_API_TOKEN: emulator.readOnlyToken } });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("rejected header PVEAPIToken=");
    expect(run.stderr + run.stdout).not.toContain(secret);
  }
});
