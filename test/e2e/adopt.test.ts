import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AdoptReport } from "../../cli/adopt/report.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import { randomEstate } from "../cli/adopt/random-vm.ts";
import { type FleetRun, fleet } from "../cli/fleet-run.ts";
import { foreignDrivesOf } from "./drive-text.ts";
import { reportsOf } from "./reports.ts";

/**
 * The incident's estate, all of it, adopted into a stack file without VMs, by the real engine and provider. The
 * tests build on one another.
 */
const empty = "# The estate.\nconfig:\n  proxmox-fleet:fleet:\n    node: pve\n    vms: {}\n";
const vmids = {
  pfsense: 101, devvm: 102, "home-assistant": 103, pbs: 105, "k8s-master": 200, "k8s-node1": 201,
  "k8s-node2": 202, "k8s-node3": 203, "k8s-node4": 204, "k8s-node5": 205, "k8s-node6": 206,
  "docker-registry": 220, Windows10: 300,
} as const; // biome-ignore format: a table

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open({ stackFile: empty });
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

/** With the token that can only look. */
function adopt(argv: readonly string[], where = sandbox): Promise<FleetRun> {
  const env = { ...where.environment, PROXMOX_VE_API_TOKEN: where.emulator.readOnlyToken };
  return fleet(["adopt", ...argv], { cwd: where.dir, env });
}

test("adopting the whole estate changes no key of any VM, and sends nothing that writes", async () => {
  const { code, stdout, stderr } = await adopt(["--all", "--yes"]);
  expect(code, `${stdout}\n${stderr}`).toBe(0);
  const proved = Object.entries(vmids).map(
    ([key, vmid]) => `  ${vmid} ${key}: adopted, 0 keys change, 0 requests that write\n`,
  );
  expect(stdout).toContain(
    `13 VMs adopted into Pulumi.prod.yaml\n${proved.join("")}proved: no key changes, and nothing was written to Proxmox\n`,
  );
  expect(stdout).toContain(
    "  left: controller is the emulated LSI controller (got nothing, which is lsi in Proxmox)\n",
  );
  expect(stdout).toContain("  1000 ubuntu-2404-cloudinit on pve\n");
  expect(await sandbox.control.writes()).toEqual([]);
  expect(sandbox.readStack()).toMatch(/^# The estate\.\n/);
  expect(sandbox.readStack()).toContain("        foreignSlots: [scsi0, scsi2-29]\n");
});

test("the up after it, which may write, does not; nor is anything found to differ", async () => {
  const preview = await sandbox.pulumi(["preview"]);
  expect(Object.fromEntries(reportsOf(preview.output, "would write"))).toEqual({});
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code, check.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
});

test("a hand edit is found, and up repairs exactly that key with one PUT, live", async () => {
  const before = await sandbox.control.vm(202);
  const edited = (before.config.scsi0 ?? "").replace("mbps_wr=120", "mbps_wr=90");
  expect(edited).not.toBe(before.config.scsi0);
  await sandbox.control.act(202, "edit", { scsi0: edited });

  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code).not.toBe(0);
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  expect(up.output).toContain("drives.scsi0.mbps_wr: 90 => 120  [live]");
  expect(await sandbox.control.writes()).toEqual([
    {
      method: "PUT",
      path: "/nodes/pve/qemu/202/config",
      status: 200,
      body: { scsi0: before.config.scsi0, digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
    },
  ]);
  const after = await sandbox.control.vm(202);
  expect(after.config).toEqual(before.config);
  expect(after.pending).toEqual({});
  expect(Object.keys(foreignDrivesOf(after.config, 202))).toHaveLength(12);
});

test("without the stack in the backend the file is written, and it says how to prove it later", async () => {
  writeFileSync(join(sandbox.dir, "Pulumi.other.yaml"), empty);
  const { code, stdout } = await adopt(["101", "--stack", "other", "--yes"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /1 VM adopted into Pulumi\.other\.yaml\nnot proved: pulumi preview: .*other.*; the entries stay in Pulumi\.other\.yaml; prove it with pulumi preview, then PROXMOX_FLEET_READ_ONLY=1 pulumi up, which fails before it would write\n$/,
  );
});

test("a random estate of 40 VMs is adopted by the real engine without a write", async () => {
  const seed = Number(process.env.ADOPT_SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`random estate: ADOPT_SEED=${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "fleet-adopt-"));
  const file = join(folder, "seed.json");
  writeFileSync(file, JSON.stringify(randomEstate(40, seed)));
  try {
    await using random = await Sandbox.open({ seed: file, stackFile: empty });
    const { code, stdout, stderr } = await adopt(["--all", "--yes", "--json"], random);
    expect(code, `ADOPT_SEED=${seed}: ${stdout}\n${stderr}`).toBe(0);
    const { proof, adopted } = JSON.parse(stdout) as AdoptReport;
    expect(adopted.length).toBeGreaterThan(20);
    expect(proof?.vms).toEqual(adopted.map(({ key }) => ({ key, changes: [], applied: true })));
    const up = await random.pulumi(["up", "--yes", "--skip-preview"]);
    expect(up.code, `ADOPT_SEED=${seed}: ${up.output}`).toBe(0);
    expect(await random.control.writes(), `ADOPT_SEED=${seed}`).toEqual([]);
    expect(await random.control.unknown(), `ADOPT_SEED=${seed}`).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
