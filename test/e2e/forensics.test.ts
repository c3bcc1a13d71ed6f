import { afterEach, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { stackOf, withFleet } from "./fleet-file.ts";

let sandbox: Sandbox;
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

const forensics = { listener: { address: "192.0.2.1" }, snippet: "local:snippets/forensics.yaml" };

async function writes(): Promise<string[]> {
  return (await sandbox.control.writes()).map(({ method, path }) => `${method} ${path}`);
}

async function up(...more: string[]): Promise<string> {
  const run = await sandbox.pulumi(["up", "--yes", "--skip-preview", ...more]);
  expect(run.code, run.output).toBe(0);
  return run.output;
}

test("a created VM has its serial console and the fleet's snippet before its first start; the second up writes nothing", async () => {
  const web = {
    vmid: 120,
    create: { blank: { datastore: "local-lvm" } },
    cpu: { cores: 2 },
    memoryMiB: 2048,
    drives: { scsi0: { sizeGiB: 8, caps: { totalMiBps: 100 } } },
    cloudInit: { user: "admin", ipConfigs: { ipconfig0: { ipv4: { address: "192.0.2.20/24" } } } },
    nics: { net0: { bridge: "vmbr1" } },
  };
  sandbox = await Sandbox.open({ stackFile: withFleet(stackOf({ web }), [["forensics", forensics]]) });
  const output = await up("--policy-pack", "policy");
  expect(output).not.toContain("serial-console-present");
  expect(await writes()).toEqual([
    "POST /nodes/pve/qemu",
    "POST /nodes/pve/qemu/120/status/start",
    "PUT /nodes/pve/qemu/120/config",
  ]);
  const { config, pending } = await sandbox.control.vm(120);
  expect(config).toMatchObject({
    serial0: "socket",
    cicustom: "vendor=local:snippets/forensics.yaml",
    ciuser: "admin",
  });
  expect(pending).toEqual({});

  await sandbox.control.forget();
  await up("--expect-no-changes");
  expect(await writes()).toEqual([]);
});

test("an adopted VM gets a serial console only when its entry says so, and it waits for a cold stop and start", async () => {
  const entries = { devvm: { vmid: 102, forensics: true }, pbs: { vmid: 105 } };
  sandbox = await Sandbox.open({ stackFile: withFleet(stackOf(entries), [["forensics", forensics]]) });
  const output = await up();
  expect(output).toContain("options.serial0: (absent) => socket");
  expect(await writes()).toEqual(["PUT /nodes/pve/qemu/102/config"]);
  expect((await sandbox.control.vm(102)).pending).toEqual({ serial0: "socket" });

  await sandbox.control.forget();
  await up("--expect-no-changes");
  expect(await writes()).toEqual([]);
});
