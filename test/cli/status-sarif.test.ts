import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kindsInOrder } from "../../cli/status/finding.ts";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { checkout, type FleetRun, fleet, readOnly } from "./fleet-run.ts";
import { incidentSeed } from "./incident.ts";
import { publishedSarif } from "./sarif-schema.ts";
import { folderWithStack } from "./stacks.ts";

interface Log {
  runs: [
    {
      tool: { driver: { rules: { id: string; helpUri: string }[] } };
      automationDetails: { id: string };
      invocations: [
        { executionSuccessful: boolean; toolExecutionNotifications: { message: { text: string } }[] },
      ];
      results: {
        ruleId: string;
        ruleIndex: number;
        message: { text: string };
        partialFingerprints: Record<string, string>;
        locations: {
          physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
          logicalLocations: { fullyQualifiedName: string }[];
        }[];
      }[];
    },
  ];
}

let emulator: Emulator;
let run: FleetRun;
let log: Log;
beforeAll(async () => {
  emulator = await startEmulator({ seed: incidentSeed() });
  run = await fleet(["status", "--sarif"], { env: readOnly(emulator) });
  log = JSON.parse(run.stdout) as Log;
});
afterAll(() => emulator.close());

test("the report is valid against the published schema, with the exit code of findings", () => {
  expect(run.code).toBe(2);
  expect(publishedSarif.safeParse(log).error).toBeUndefined();
  const copy = structuredClone(log);
  Object.assign(copy.runs[0].results[0] ?? {}, { level: "bad" });
  expect(publishedSarif.safeParse(copy).success).toBe(false);
});

test("each kind of finding is a rule, and each result names its own", () => {
  const [{ tool, automationDetails, results }] = log.runs;
  expect(automationDetails.id).toBe("fleet-status/");
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(kindsInOrder);
  for (const { helpUri } of tool.driver.rules) expect(helpUri).toMatch(/\/docs\/status\.md#findings$/);
  expect(readFileSync(resolve(checkout, "docs/status.md"), "utf8")).toMatch(/^## Findings$/m);
  for (const { ruleId, ruleIndex } of results) expect(kindsInOrder[ruleIndex]).toBe(ruleId);
});

test("a finding is at the line of its VM's entry, with a fingerprint that its value is no part of", () => {
  const [{ results }] = log.runs;
  expect(results).toHaveLength(8);
  const [first] = results;
  const lines = readFileSync(resolve(checkout, "Pulumi.prod.yaml"), "utf8").split("\n");
  const { physicalLocation, logicalLocations } = first?.locations[0] ?? {};
  expect(physicalLocation?.artifactLocation.uri).toBe("Pulumi.prod.yaml");
  expect(lines[(physicalLocation?.region.startLine ?? 0) - 1]).toBe("      devvm:");
  expect(logicalLocations?.[0]?.fullyQualifiedName).toBe("102/devvm/scsihw");
  const prints = results.map(({ partialFingerprints }) => partialFingerprints["finding/v1"]);
  expect(prints[1]).toBe("drifted/102/drives.scsi0.aio");
  expect(new Set(prints).size).toBe(prints.length);
});

test("an undeclared VM is where it would be declared; what could not be read makes the run no success", async () => {
  const control = new Control(emulator.controlUrl);
  await control.fault({
    path: "/nodes/pve/qemu/103/pending",
    action: "fail",
    status: 595,
    message: "no route",
  });
  const cwd = folderWithStack(
    "config:\n  proxmox-fleet:fleet:\n    node: pve\n    vms:\n      devvm: { vmid: 102 }\n",
  );
  const { code, stdout } = await fleet(["status", "103", "220", "--sarif"], { env: readOnly(emulator), cwd });
  const [{ invocations, results }] = (JSON.parse(stdout) as Log).runs;
  expect(code).toBe(1);
  expect(invocations[0].executionSuccessful).toBe(false);
  expect(invocations[0].toolExecutionNotifications).toHaveLength(1);
  expect(
    results.map(({ ruleId, locations }) => [ruleId, locations[0]?.physicalLocation.region.startLine]),
  ).toEqual([["unmanaged", 5]]);
});
