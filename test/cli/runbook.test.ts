import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { checkout, fleet, readOnly } from "./fleet-run.ts";

/** What an emulator cannot show: the node itself; and a kill, which wants a capture before. */
const needsTheNode = /--host|--ssh|^kill /;

const page = readFileSync(resolve(checkout, "docs/runbooks/disk-stall.md"), "utf8");
const lines = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
  block.trim().split("\n"),
);
const commands = lines.flatMap((line) =>
  line.startsWith("npx fleet ") ? [line.slice("npx fleet ".length)] : [],
);

test("the page leads from the symptom to the verdict, to the capture, and only then to the kill", () => {
  expect(commands).toEqual([
    "stalls devvm",
    "autopsy devvm --host",
    "autopsy devvm --ssh root@pve.example.org",
    "kill devvm --yes --start",
    "stalls devvm",
    "status devvm",
    "restart devvm --dry-run",
    "audit --policy",
  ]);
});

test("each command can be copied as it stands: alone in its block, without a prompt or a placeholder", () => {
  expect([...page.matchAll(/^```/gm)]).toHaveLength(2 * lines.length);
  expect(lines.filter((line) => /[$<>[\]]|VM\b|\.\.\./.test(line))).toEqual([]);
});

test.each(commands)("%s is a command, with these options", async (command) => {
  const [name = "", ...rest] = command.split(" ");
  const { code, stdout } = await fleet([name, "--help"]);
  expect(code).toBe(0);
  for (const option of rest.filter((word) => word.startsWith("--")))
    expect(stdout).toMatch(new RegExp(`${option}[ =]`));
});

describe("on the incident's estate", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    const seed = readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8");
    emulator = await startEmulator({ seed: JSON.parse(seed) as Seed });
  });
  afterAll(() => emulator.close());

  test.each(commands.filter((command) => !needsTheNode.test(command)))(
    "%s does its work",
    async (command) => {
      const { code, stdout } = await fleet(command.split(" "), { env: environmentOf(command, emulator) });
      expect([0, 2]).toContain(code);
      expect(stdout).not.toBe("");
    },
  );

  test("the page's kill is refused before a capture, and starts the VM again after one", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "fleet-runbook-"));
    copyFileSync(resolve(checkout, "Pulumi.prod.yaml"), join(cwd, "Pulumi.prod.yaml"));
    const env = { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: emulator.apiToken };
    const run = (command: string) =>
      fleet(command.split(" "), { cwd, env, now: () => new Date("2026-06-11T18:30:00Z") });
    const kill = commands.find((command) => command.startsWith("kill ")) ?? "";
    const refused = await run(kill);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining("its evidence would be lost"),
    ]);
    // From the API alone: the emulator has no host.
    expect((await run("autopsy devvm")).code).toBe(0);
    const killed = await run(kill);
    expect([killed.code, killed.stderr]).toEqual([0, expect.stringContaining("then starts it again")]);
    rmSync(cwd, { recursive: true });
  });
});

/** The token that can only look, but for a restart, which asks for the right to do it before anything else. */
function environmentOf(command: string, emulator: Emulator): Record<string, string> {
  const env = readOnly(emulator);
  return command.startsWith("restart ") ? { ...env, PROXMOX_VE_API_TOKEN: emulator.apiToken } : env;
}
