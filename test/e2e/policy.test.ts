import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type EngineRun, Sandbox } from "../../demo/sandbox.ts";
import { stackOf } from "./fleet-file.ts";

/**
 * The policy pack in the real engine. Exemptions are the project's own with days that never come, so that these
 * tests do not fail on the day on which one ends.
 */

const preview = ["preview", "--policy-pack", "policy"];
const own = readFileSync(resolve(import.meta.dirname, "../../policy/exemptions.yaml"), "utf8");

let files = "";
beforeAll(() => {
  files = mkdtempSync(join(tmpdir(), "proxmox-fleet-policy-"));
});
afterAll(() => rmSync(files, { recursive: true, force: true }));

let sandbox: Sandbox | undefined;
afterEach(async () => {
  const used = sandbox;
  sandbox = undefined;
  await used?.[Symbol.asyncDispose]();
});

/** Arguments for a preview with exemptions that end on a day. */
function exemptedUntil(day: string): string[] {
  const exemptions = join(files, `until-${day}.yaml`);
  writeFileSync(exemptions, own.replaceAll(/expires: .*/g, `expires: ${day}`));
  return [...preview, "--policy-pack-config", config({ exemptions: { file: exemptions } })];
}

function config(value: object): string {
  const file = join(files, "config.json");
  writeFileSync(file, JSON.stringify(value));
  return file;
}

/** What the pack reported: `rule resource`, sorted. */
function reported({ output }: EngineRun, level: "mandatory" | "advisory"): string[] {
  const lines = output.matchAll(/- \[(\w+)\] +(\S+) +\([^()]*: ([^()]+)\)/g);
  return [...lines]
    .filter(([, found]) => found === level)
    .map(([, , rule, name]) => `${rule} ${name}`)
    .sort();
}

function exempted({ output }: EngineRun): string[] {
  return [...output.matchAll(/exempted from (\S+): (?:\w+) of (\S+)/g)]
    .map(([, rule, vm]) => `${rule} ${vm}`)
    .sort();
}

describe("the production stack", () => {
  test("passes with its exemptions, and without them fails on exactly the exempted ones", async () => {
    sandbox = await Sandbox.open();
    const passed = await sandbox.pulumi(exemptedUntil("2999-12-31"));
    expect(reported(passed, "mandatory")).toEqual([]);
    expect(passed.code).toBe(0);
    const names = exempted(passed);
    expect(names).toEqual([
      "aio-is-explicit docker-registry",
      "aio-is-explicit home-assistant",
      "aio-is-explicit k8s-master",
      "aio-is-explicit k8s-node1",
      "aio-is-explicit k8s-node2",
      "aio-is-explicit k8s-node3",
      "aio-is-explicit k8s-node4",
      "aio-is-explicit k8s-node5",
      "drive-has-caps Windows10",
      "drive-has-caps k8s-node6",
      "drive-has-caps pbs",
      "drive-has-caps pfsense",
      "drive-has-iothread docker-registry",
      "drive-has-iothread k8s-master",
      "drive-has-iothread k8s-node1",
      "drive-has-iothread k8s-node2",
      "drive-has-iothread k8s-node3",
      "drive-has-iothread k8s-node4",
      "drive-has-iothread k8s-node5",
    ]);

    const judged = await sandbox.pulumi(exemptedUntil("2999-12-31"), { PROXMOX_FLEET_NO_EXEMPTIONS: "1" });
    expect(judged.code).not.toBe(0);
    expect(reported(judged, "mandatory")).toEqual(names);
    expect(exempted(judged)).toEqual([]);

    const configured = await sandbox.pulumi([
      ...preview,
      "--policy-pack-config",
      config({ exemptions: { use: false } }),
    ]);
    expect(reported(configured, "mandatory")).toEqual(names);
  });

  test("fails once its exemptions have expired, and says when", async () => {
    sandbox = await Sandbox.open();
    const run = await sandbox.pulumi(exemptedUntil("2020-01-31"));
    expect(run.code).not.toBe(0);
    expect(reported(run, "mandatory")).toContain("drive-has-caps pfsense");
    expect(run.output).toContain(
      "drives of pfsense must be declared with their caps (got no drive); its exemption expired on 2020-01-31 (owner infrastructure,",
    );
  });
});

/** A VmLegacy as one would write it by hand; `keys` are further properties. */
function handWritten(keys: string): string {
  return `
    import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
    new VmLegacy("hand", {
      nodeName: "pve", vmId: 777, name: "hand", rebootAfterUpdate: false, onBoot: false,
      deleteUnreferencedDisksOnDestroy: false, agent: { enabled: false }, serialDevices: [{ device: "socket" }],
      ${keys}
    }, { protect: true });
  `;
}

describe("a hand-written VmLegacy", () => {
  test("on lsi fails the preview with the rule and what to do", async () => {
    const program =
      handWritten(`scsiHardware: "lsi", disks: [{ interface: "scsi0", datastoreId: "local-lvm", size: 8,
      aio: "threads", speed: { read: 60, write: 60 } }],`);
    sandbox = await Sandbox.open({ program, stackFile: "config: {}\n" });
    const run = await sandbox.pulumi(preview);
    expect(run.code).not.toBe(0);
    expect(reported(run, "mandatory")).toEqual([
      "drive-has-iothread hand",
      "no-lsi-controller hand",
      "official-vm-only-creates hand",
    ]);
    expect(run.output).toContain("scsihw of hand must be a virtio controller (got lsi)");
    expect(run.output).toContain("Declare `controller: virtio-scsi-single` and stop and start the VM");
    expect(run.output).toContain("docs/policy/no-lsi-controller.md");
  });
});

test("a VM of our own making passes, also when a total that only our provider can write is its cap", async () => {
  const web = {
    vmid: 120,
    create: { template: { vmid: 1000 } },
    cpu: { cores: 2 },
    memoryMiB: 2048,
    drives: { scsi0: { sizeGiB: 40, caps: { totalMiBps: 100 } } },
  };
  sandbox = await Sandbox.open({ stackFile: stackOf({ web }) });
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--policy-pack", "policy"]);
  expect(up.code).toBe(0);
  expect(reported(up, "mandatory")).toEqual([]);
  expect(reported(up, "advisory")).toEqual(["unused-exemption proxmox-fleet-prod"]);
});

test("a state file is judged without the program: exempted with the exemptions, violated without", async () => {
  sandbox = await Sandbox.open();
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  const state = join(files, "state.json");
  writeFileSync(state, (await sandbox.pulumi(["stack", "export"])).stdout);
  const [, ...exemptedForever] = exemptedUntil("2999-12-31");
  const analyze = ["policy", "analyze", "--file", state, ...exemptedForever];
  const passed = await sandbox.pulumi(analyze);
  expect(passed.code).toBe(0);
  expect(exempted(passed)).toContain("drive-has-caps pfsense");
  const judged = await sandbox.pulumi(analyze, { PROXMOX_FLEET_NO_EXEMPTIONS: "1" });
  expect(judged.code).not.toBe(0);
  expect(reported(judged, "mandatory")).toEqual(exempted(passed));
});

describe("a policy that cannot be read never passes", () => {
  test.each<[title: string, given: object, message: string]>([
    [
      "a rule with a typo in its name",
      { "no-lsi-controler": "advisory" },
      "policy configuration: names no policy of this pack (got no-lsi-controler); policies are exemptions, no-lsi-controller,",
    ],
    [
      "a property with a typo in its name",
      { "caps-are-sane": { maxMiBsp: 5 } },
      "policy configuration.caps-are-sane.maxMiBsp: is an unknown key (got 5); known keys are minMiBps, maxMiBps, minIops, maxIops; correct the spelling or remove it",
    ],
    [
      "a value of the wrong type, which the engine itself refuses by the schema",
      { "caps-are-sane": { maxMiBps: "5" } },
      "caps-are-sane: maxMiBps: Invalid type. Expected: number, given: string",
    ],
    [
      "a file of exemptions that is not there",
      { exemptions: { file: "/nowhere/exemptions.yaml" } },
      "/nowhere/exemptions.yaml: cannot be read (got ENOENT",
    ],
  ])("%s fails the run", async (_title, given, message) => {
    sandbox = await Sandbox.open();
    const run = await sandbox.pulumi([...preview, "--policy-pack-config", config(given)]);
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(message);
  });
});
