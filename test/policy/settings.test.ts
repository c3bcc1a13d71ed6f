import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { requireKnownNames } from "../../policy/configured-names.ts";
import { noExemptionsFrom } from "../../policy/environment.ts";
import { judgeVm } from "../../policy/judge.ts";
import type { VmRule } from "../../policy/rule.ts";
import { boundsFrom, defaultSettings } from "../../policy/settings.ts";
import { parseSettings, readSettings } from "../../policy/settings-file.ts";
import { sound } from "./vms.ts";

describe("the file of settings", () => {
  test("it is read for the rules, and kept as written for the engine", () => {
    const yaml = `
caps-are-sane: { enforcementLevel: advisory, maxMiBps: 2000 }
caps-fit-storage: { budgets: { local-lvm: { readMiBps: 1500 } } }
exemptions: { use: false }
`;
    expect(parseSettings(yaml, "settings.yaml")).toEqual({
      exemptions: { use: false },
      levels: { "caps-are-sane": "advisory" },
      bounds: { caps: { maxMiBps: 2000 }, budgets: { "local-lvm": { readMiBps: 1500 } } },
      policies: {
        "caps-are-sane": { enforcementLevel: "advisory", maxMiBps: 2000 },
        "caps-fit-storage": { budgets: { "local-lvm": { readMiBps: 1500 } } },
      },
    });
  });

  test.each<[title: string, yaml: string, message: RegExp]>([
    [
      "a rule with a typo",
      "\nno-lsi-controler: { enforcementLevel: advisory }\n",
      /^s\.yaml:2: no-lsi-controler: is an unknown key \(got \{"enforcementLevel":"advisory"\}\); known keys are exemptions, no-lsi-controller, /,
    ],
    [
      "aliases of aliases that would fill the memory",
      ["a", "b", "c", "d"]
        .map((name, index, names) => {
          const item = index === 0 ? "x" : `*${names[index - 1]}`;
          return `${name}: &${name} [${Array(12).fill(item).join(", ")}]\n`;
        })
        .join(""),
      /^s\.yaml:1: is no YAML that can be read \(got Excessive alias count indicates a resource exhaustion attack\); YAML 1\.2; correct it$/,
    ],
    [
      "a level that is none",
      "drive-has-caps:\n  enforcementLevel: must\n",
      /^s\.yaml:2: drive-has-caps\.enforcementLevel: is not a known value \(got "must"\); mandatory, advisory, disabled; write one of these$/,
    ],
    [
      "a bound that is negative",
      "caps-are-sane:\n  minIops: 1\n  maxMiBps: -1\n",
      /^s\.yaml:3: caps-are-sane\.maxMiBps: is negative \(got -1\); a number, at least 0; correct it$/,
    ],
    [
      "a bound of a rule that has none",
      "drive-has-caps:\n  maxMiBps: 5\n",
      /^s\.yaml:2: drive-has-caps\.maxMiBps: is an unknown key \(got 5\); known keys are enforcementLevel; /,
    ],
  ])("%s is named with its line", (_title, yaml, message) => {
    expect(() => parseSettings(yaml, "s.yaml")).toThrow(message);
  });

  test("the project's own leaves every rule at its own level", () => {
    expect(readSettings(resolve(import.meta.dirname, "../../policy/settings.yaml"))).toEqual({
      ...defaultSettings,
      exemptions: {},
      policies: {},
    });
  });
});

test("a property with a typo in the engine's configuration is named with the known ones", () => {
  expect(() => boundsFrom("caps-are-sane", { maxMiBsp: 5 })).toThrow(
    "policy configuration.caps-are-sane.maxMiBsp: is an unknown key (got 5); known keys are minMiBps, maxMiBps, minIops, maxIops; correct the spelling or remove it",
  );
});

test("a configured name that is no policy is refused; all stands for every policy", () => {
  expect(() => requireKnownNames(["all", "a"], ["a", "b"])).not.toThrow();
  expect(() => requireKnownNames(["c"], ["a", "b"])).toThrow(
    "policy configuration: names no policy of this pack (got c); policies are a, b; correct the spelling",
  );
});

test("the environment asks for no exemptions with 1, and with nothing else", () => {
  expect(
    [undefined, "", "0", "1"].map((value) => noExemptionsFrom({ PROXMOX_FLEET_NO_EXEMPTIONS: value })),
  ).toEqual([false, false, false, true]);
  expect(() => noExemptionsFrom({ PROXMOX_FLEET_NO_EXEMPTIONS: "yes" })).toThrow(
    "PROXMOX_FLEET_NO_EXEMPTIONS: is neither yes nor no (got yes); 1 or 0; correct it or unset it",
  );
});

test("a rule that throws fails the run and names itself and the VM", () => {
  const broken: VmRule = {
    scope: "vm",
    id: "broken-rule",
    description: "Checks whether a failure is seen.",
    defaultLevel: "advisory",
    remediation: "Correct the rule.",
    judge: () => {
      throw new TypeError("no such key");
    },
  };
  expect(() => judgeVm(broken, sound, defaultSettings)).toThrow(
    "policy rule broken-rule: failed on sound (got no such key); a rule that fails has judged nothing, so the run fails;",
  );
});
