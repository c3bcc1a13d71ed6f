import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentationBase } from "../../cli/audit/sarif.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { rules } from "../../policy/rules.ts";
import { checkout, type FleetRun, fleet, readOnly } from "./fleet-run.ts";
import { publishedSarif as published } from "./sarif-schema.ts";

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  suppressions: { kind: string; status: string; justification: string }[];
  partialFingerprints: Record<string, string>;
  locations: {
    physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
    logicalLocations: { fullyQualifiedName: string }[];
  }[];
}
interface Log {
  runs: [
    {
      tool: { driver: { rules: { id: string; helpUri: string }[] } };
      invocations: [{ executionSuccessful: boolean }];
      results: Result[];
    },
  ];
}

describe("the incident's estate", () => {
  let emulator: Emulator;
  let run: FleetRun;
  let log: Log;
  beforeAll(async () => {
    const seed = JSON.parse(readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8"));
    emulator = await startEmulator({ seed });
    run = await fleet(["audit", "--policy", "--sarif"], { env: readOnly(emulator) });
    log = JSON.parse(run.stdout) as Log;
  });
  afterAll(() => emulator.close());

  test("is reported with the exit code of findings, valid against the published schema", () => {
    expect(run.code).toBe(2);
    expect(published.safeParse(log).error).toBeUndefined();
  });

  test.each<[string, (copy: Log) => void]>([
    ["a level that does not exist", ({ runs }) => Object.assign(runs[0].results[0] ?? {}, { level: "bad" })],
    ["a key that does not exist", ({ runs }) => Object.assign(runs[0].tool.driver, { color: "red" })],
    ["a driver without a name", ({ runs }) => Object.assign(runs[0].tool.driver, { name: undefined })],
  ])("the schema refuses %s, so that passing it means something", (_, breakIt) => {
    const copy = structuredClone(log);
    breakIt(copy);
    expect(published.safeParse(copy).success).toBe(false);
  });

  test("every rule has its page, and every result its rule", () => {
    const [{ tool, results }] = log.runs;
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(rules.map(({ id }) => id));
    for (const { id, helpUri } of tool.driver.rules) {
      expect(new URL(helpUri).pathname.endsWith(`/docs/policy/${id}.md`)).toBe(true);
    }
    expect(results).toHaveLength(37);
    for (const { ruleId, ruleIndex } of results) expect(rules[ruleIndex]?.id).toBe(ruleId);
  });

  test("the incident's VM is an error at the line of its entry", () => {
    const [lsi] = log.runs[0].results.filter(({ ruleId }) => ruleId === "no-lsi-controller");
    const lines = readFileSync(resolve(checkout, "Pulumi.prod.yaml"), "utf8").split("\n");
    expect(lsi).toMatchObject({
      level: "error",
      message: { text: expect.stringContaining("scsihw of devvm must be a virtio controller") },
      suppressions: [],
      partialFingerprints: { "violation/v1": "no-lsi-controller/102/" },
    });
    const { physicalLocation, logicalLocations } = lsi?.locations[0] ?? {};
    expect(physicalLocation?.artifactLocation.uri).toBe("Pulumi.prod.yaml");
    expect(lines[(physicalLocation?.region.startLine ?? 0) - 1]).toBe("      devvm:");
    expect(logicalLocations?.[0]?.fullyQualifiedName).toBe("102/devvm");
  });

  test("exempted findings stay in the report as suppressed, with reason, owner and last day", () => {
    const suppressed = log.runs[0].results.filter(({ suppressions }) => suppressions.length > 0);
    expect(suppressed).toHaveLength(27);
    const caps = suppressed.find(
      ({ partialFingerprints }) => partialFingerprints["violation/v1"] === "drive-has-caps/101/scsi0",
    );
    expect(caps?.suppressions).toEqual([
      {
        kind: "external",
        status: "accepted",
        justification: expect.stringMatching(
          /^No caps on purpose.* \(owner infrastructure, until 2027-12-31\)$/,
        ),
      },
    ]);
  });

  test("fingerprints are unique, so that a code host keeps the alerts apart", () => {
    const prints = log.runs[0].results.map(({ partialFingerprints }) => partialFingerprints["violation/v1"]);
    expect(new Set(prints).size).toBe(prints.length);
  });
});

test("pages of the rules are on the code host where its variables say so, else in the checkout", () => {
  const env = {
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "someone/fleet",
    GITHUB_SHA: "0123abc",
  };
  expect(documentationBase(env, "/fleet")).toBe("https://github.com/someone/fleet/blob/0123abc/docs/policy/");
  expect(documentationBase({}, "/fleet")).toBe("file:///fleet/docs/policy/");
});
