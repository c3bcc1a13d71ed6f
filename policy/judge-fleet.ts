import { type Exemption, type UnusedExemption, unusedExemptions, withExemption } from "./exemption.ts";
import { judgeFleetRule, judgeVm } from "./judge.ts";
import type { JudgedVm } from "./judged-vm.ts";
import type { Finding, Unjudged } from "./rule.ts";
import { rules } from "./rules.ts";
import type { Settings } from "./settings.ts";

/** What the rules say of a fleet. */
export interface FleetVerdict {
  /** Violations, the exempted ones included. */
  readonly findings: readonly Finding[];
  readonly unjudged: readonly Unjudged[];
  /** Exemptions that exempt nothing. */
  readonly unused: readonly UnusedExemption[];
}

/**
 * Judges every VM by every rule that is not disabled.
 *
 * @param today UTC, `2026-06-11`: exemptions end with it
 * @throws {Error} that names the rule, when a rule itself fails
 */
export function judgeFleet(
  vms: readonly JudgedVm[],
  settings: Settings,
  exemptions: readonly Exemption[],
  today: string,
): FleetVerdict {
  const verdicts = rules
    .filter(({ id }) => settings.levels[id] !== "disabled")
    .flatMap((rule) =>
      rule.scope === "vm"
        ? vms.map((vm) => judgeVm(rule, vm, settings))
        : [judgeFleetRule(rule, vms, settings)],
    );
  const findings = verdicts.flatMap((verdict) => verdict.findings);
  return {
    findings: findings.map((finding) => withExemption(finding, exemptions, today)),
    unjudged: verdicts.flatMap(({ unjudged }) => unjudged),
    unused: unusedExemptions(exemptions, findings, vms),
  };
}
