import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { stackOf } from "./fleet-file.ts";

/** Where the API token's secret shows up in everything that a run leaves behind, with every log on. */

const up = ["up", "--yes", "--skip-preview"];
const loud = ["--logtostderr", "-v=9", "--debug"];
const stackFile = stackOf({
  web: {
    vmid: 150,
    create: { blank: { datastore: "local-lvm" } },
    cpu: { cores: 2 },
    memoryMiB: 2048,
    drives: { scsi0: { sizeGiB: 8 } },
  },
  adopted: { vmid: 202, description: "ours" },
});

/** Every text of a full run by its name. */
async function everything(
  sandbox: Sandbox,
  env: Record<string, string | undefined>,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const grpc = join(sandbox.dir, "grpc.json");
  const first = await sandbox.pulumi([...up, ...loud], { ...env, PULUMI_DEBUG_GRPC: grpc });
  expect(first.code, first.stdout).toBe(0);
  texts.set("stdout of up", first.stdout);
  texts.set("engine's log of up", first.stderr);
  texts.set("gRPC log of up", existsSync(grpc) ? readFileSync(grpc, "utf8") : "");
  await sandbox.control.act(202, "edit", { description: "theirs" });
  for (const args of [
    ["preview", "--diff", "--refresh"],
    ["preview", "--json"],
    ["stack", "export"],
    ["stack", "history", "--json"],
    ["stack", "output", "--json"],
  ]) {
    const run = await sandbox.pulumi(args, env);
    expect(run.code, run.output).toBe(0);
    texts.set(args.join(" "), run.output);
  }
  await sandbox.control.fault({ method: "PUT", path: "/nodes/pve/qemu/202/config", action: "fail" });
  const failed = await sandbox.pulumi([...up, ...loud], env);
  expect(failed.code).not.toBe(0);
  texts.set("stdout of a failed up", failed.stdout);
  texts.set("engine's log of a failed up", failed.stderr);
  for (const file of readdirSync(join(sandbox.dir, "state"), { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    texts.set(path.slice(sandbox.dir.length + 1), readFileSync(path, "utf8"));
  }
  texts.set("Pulumi.prod.yaml", sandbox.readStack());
  return texts;
}

function holding(texts: ReadonlyMap<string, string>, secret: string): string[] {
  return [...texts].filter(([, text]) => text.includes(secret)).map(([name]) => name);
}

function secretOf(sandbox: Sandbox): string {
  const secret = sandbox.emulator.apiToken.split("=")[1] ?? "";
  expect(secret.length).toBeGreaterThan(30);
  return secret;
}

test("a token in the environment is in nothing that a run prints, logs or stores, whatever is switched on", async () => {
  await using sandbox = await Sandbox.open({ stackFile });
  const texts = await everything(sandbox, { TF_LOG: undefined });
  expect(texts.get("engine's log of up")?.length).toBeGreaterThan(100_000);
  expect(texts.get("gRPC log of up")).toContain("ResourceProvider/Configure");
  expect([...texts.keys()].some((name) => name.startsWith("state/"))).toBe(true);
  expect(holding(texts, secretOf(sandbox))).toEqual([]);
});

test("a token in the stack file is in the engine's two debugging logs alone, which the engine writes itself", async () => {
  await using sandbox = await Sandbox.open({ stackFile });
  const env = { PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_API_TOKEN: undefined, TF_LOG: undefined };
  const { endpoint, apiToken } = sandbox.emulator;
  await sandbox.pulumi(["config", "set", "endpoint", endpoint], env);
  await sandbox.pulumi(["config", "set", "--secret", "apiToken", apiToken], env);
  const texts = await everything(sandbox, env);
  expect(holding(texts, secretOf(sandbox))).toEqual([
    "engine's log of up",
    "gRPC log of up",
    "engine's log of a failed up",
  ]);
});

test("a token that is refused or malformed is in no message", async () => {
  await using sandbox = await Sandbox.open({ stackFile });
  for (const apiToken of ["fleet@pve!deploy=wrong-5ec2e7", "wrong-5ec2e7"]) {
    const run = await sandbox.pulumi(up, { PROXMOX_VE_API_TOKEN: apiToken });
    expect(run.code).not.toBe(0);
    expect(run.output).toContain("PROXMOX_VE_API_TOKEN");
    expect(run.output).not.toContain("5ec2e7");
  }
});

test("unchecked certificates are said in every run, and a fingerprint in their place is not", async () => {
  await using sandbox = await Sandbox.open({
    stackFile: stackOf({ adopted: { vmid: 202, cpu: { cores: 8 } } }),
  });
  const none = { SSL_CERT_FILE: undefined, PROXMOX_VE_CA_FILE: undefined };
  const refused = await sandbox.pulumi(up, none);
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain("the certificate is not trusted");
  for (const args of [["preview"], up, [...up, "--expect-no-changes"]]) {
    const run = await sandbox.pulumi(args, { ...none, PROXMOX_VE_INSECURE: "true" });
    expect(run.code, run.output).toBe(0);
    expect(run.output).toMatch(/warning: PROXMOX_VE_INSECURE: the certificate of .* is not checked/);
  }
  const other = Array.from({ length: 32 }, () => "AB").join(":");
  const pinned = await sandbox.pulumi(up, { ...none, PROXMOX_VE_FINGERPRINT: other });
  expect(pinned.code).not.toBe(0);
  const shown = /not the one that is trusted \(got ([0-9A-F:]+)\)/.exec(pinned.output)?.[1];
  const trusted = await sandbox.pulumi([...up, "--expect-no-changes"], {
    ...none,
    PROXMOX_VE_FINGERPRINT: shown,
  });
  expect(trusted.code, trusted.output).toBe(0);
  expect(trusted.output).not.toContain("warning");
});

test("a description with terminal codes, HTML and YAML does nothing in any output", async () => {
  const evil = "\u001b]0;owned\u0007\u001b[2J\n<script>alert(1)</script>\n--- {a: *b}\r\u202e";
  await using sandbox = await Sandbox.open({
    stackFile: stackOf({ adopted: { vmid: 202, description: "ours" } }),
  });
  expect((await sandbox.pulumi(up)).code).toBe(0);
  await sandbox.control.act(202, "edit", { description: evil });
  for (const args of [
    ["preview", "--diff", "--refresh"],
    ["preview", "--json", "--refresh"],
    ["up", "--yes", "--refresh", "--diff"],
  ]) {
    const run = await sandbox.pulumi(args);
    expect(run.code, run.output).toBe(0);
    expect(run.output).toContain("ours");
    for (const acting of ["\u001b", "\u0007", "\u202e", "\r"]) expect(run.output).not.toContain(acting);
  }
  expect((await sandbox.control.vm(202)).config.description).toBe("ours");
});
