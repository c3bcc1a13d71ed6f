import { withExemption } from "../../policy/exemption.ts";
import { judgedFromLive, type LiveConfig } from "../../policy/from-live.ts";
import { judgeVm } from "../../policy/judge.ts";
import type { VmRule } from "../../policy/rule.ts";
import { driveHasCaps } from "../../policy/rules/caps.ts";
import { noZombieOnboot } from "../../policy/rules/machine.ts";
import type { Standard } from "../audit/standard.ts";
import type { KeyFinding } from "./drift-findings.ts";
import type { FindingKind } from "./finding.ts";

/**
 * What the policy says of caps and of `onboot`: what it exempts, only advises or does not judge is no finding.
 *
 * @param today UTC, `2026-06-11`: exemptions end with it
 */
export function policyFindings(
  live: LiveConfig,
  { settings, exemptions }: Standard,
  today: string,
): KeyFinding[] {
  // A template never runs.
  if (String(live.config.template) === "1") return [];
  const vm = judgedFromLive(live);
  const found = (kind: FindingKind, rule: VmRule): KeyFinding[] =>
    judgeVm(rule, vm, settings)
      .findings.map((finding) => withExemption(finding, exemptions, today))
      .filter(({ level, exempted }) => level === "mandatory" && exempted === undefined)
      .map(({ slot, message }) => ({ kind, message, ...(slot !== undefined && { slot }) }));
  return [
    ...(live.key !== undefined || live.status === "running" ? found("uncapped", driveHasCaps) : []),
    ...found("zombie-onboot", noZombieOnboot),
  ];
}
