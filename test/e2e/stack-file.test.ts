import { afterAll, beforeAll, expect, test } from "vitest";
import { withEntries } from "../../cli/adopt/stack-text.ts";
import { parseStackFile } from "../../cli/stack/stack-file.ts";
import { vmSpec } from "../../components/spec/vm-spec.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import { fleets, scalars } from "../cli/stack/yaml-corpus.ts";
import { productionStack, withFleet } from "./fleet-file.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const fleetKey = "proxmox-fleet:fleet";

/** What the engine would hand to the program. */
async function byEngine(): Promise<unknown> {
  const { stdout, code, output } = await sandbox.pulumi(["config", "--json", "--show-secrets"]);
  expect(code, output).toBe(0);
  return (JSON.parse(stdout) as Record<string, { objectValue: unknown }>)[fleetKey]?.objectValue;
}

const file = (lines: readonly string[]) =>
  ["config:", `  ${fleetKey}:`, ...lines.map((line) => `    ${line}`), ""].join("\n");

test("the engine reads each plain value as it is documented here, and as fleet reads it", async () => {
  sandbox.writeStack(file(scalars.map(([text], index) => `k${index}: ${text}`)));
  const values = Object.fromEntries(scalars.map(([, value], index) => [`k${index}`, value]));
  expect(await byEngine()).toEqual(values);
  expect(parseStackFile(sandbox.readStack(), "Pulumi.prod.yaml").config[fleetKey]).toEqual(values);
});

test.each(Object.entries(fleets))("the engine and fleet read %s alike", async (_, lines) => {
  sandbox.writeStack(file(lines));
  const read = await byEngine();
  expect(read).not.toBeUndefined();
  expect(parseStackFile(sandbox.readStack(), "Pulumi.prod.yaml").config[fleetKey]).toEqual(read);
});

test("a secret inside the fleet is one mistake that names its key, before anything is registered or shown", async () => {
  sandbox.writeStack(withFleet(productionStack(), [["vms.devvm.description", "plain"]]));
  for (const path of ["vms.devvm.description", "vms.devvm.cpu.cores"]) {
    const set = await sandbox.pulumi([
      "config",
      "set",
      "--secret",
      "--path",
      `${fleetKey}.${path}`,
      "s3cr3t-w0rd",
    ]);
    expect(set.code, set.output).toBe(0);
  }
  await sandbox.control.forget();
  const run = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(run.code).not.toBe(0);
  for (const path of ["vms.devvm.description", "vms.devvm.cpu.cores"]) {
    expect(run.output).toContain(`Pulumi.prod.yaml: config.${fleetKey}.${path}: is a secret`);
  }
  expect(await sandbox.control.requests()).toEqual([]);
  const state = await sandbox.pulumi(["stack", "export", "--show-secrets"]);
  for (const text of [run.output, state.stdout]) expect(text).not.toContain("s3cr3t-w0rd");
});

test("the engine writes the committed file, and entries that adoption adds, back as they stand", async () => {
  const spec = vmSpec.parse({
    vmid: 120,
    tags: ["web", "on"],
    cpu: { cores: 2, type: "host" },
    drives: { scsi0: { caps: { readMiBps: 60 } } },
    nics: { net0: { bridge: "vmbr0", mac: "BC:24:11:00:00:01" } },
    description: 'first: line, "quoted" # and long '.repeat(8).trim(),
    boot: ["scsi0", "net0"],
  });
  const stack = withEntries(productionStack(), [{ key: "no", spec }], "Pulumi.prod.yaml");
  sandbox.writeStack(stack);
  for (const words of [
    ["set", "probe", "1"],
    ["rm", "probe"],
  ]) {
    const { code, output } = await sandbox.pulumi(["config", ...words]);
    expect(code, output).toBe(0);
  }
  const salt = /^encryptionsalt: .*\n/gm;
  expect(sandbox.readStack().replace(salt, "")).toBe(stack.replace(salt, ""));
});
