import type { JudgedVm } from "./judged-vm.ts";
import type { Finding, FleetRule, Judgement, Rule, Unjudged, VmRule } from "./rule.ts";
import type { Settings } from "./settings.ts";

/** What one rule says. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly unjudged: readonly Unjudged[];
}

/**
 * Judges one VM by one rule.
 *
 * @throws {Error} that names the rule and the VM, when the rule itself fails
 */
export function judgeVm(rule: VmRule, vm: JudgedVm, settings: Settings): Verdict {
  return guarded(rule, vm.name, () => verdictOf(rule, rule.judge(vm, settings.bounds), settings, vm));
}

/**
 * Judges all VMs by one rule.
 *
 * @throws {Error} that names the rule, when the rule itself fails
 */
export function judgeFleetRule(rule: FleetRule, vms: readonly JudgedVm[], settings: Settings): Verdict {
  return guarded(rule, "the fleet", () => verdictOf(rule, rule.judgeAll(vms, settings.bounds), settings));
}

function guarded(rule: Rule, subject: string, judge: () => Verdict): Verdict {
  try {
    return judge();
  } catch (error) {
    throw new Error(
      `policy rule ${rule.id}: failed on ${subject} (got ${error instanceof Error ? error.message : String(error)}); a rule that fails has judged nothing, so the run fails; correct the rule, or set its level to disabled`,
      { cause: error },
    );
  }
}

function verdictOf(rule: Rule, judgements: readonly Judgement[], settings: Settings, vm?: JudgedVm): Verdict {
  const level = settings.levels[rule.id] ?? rule.defaultLevel;
  if (level === "disabled") return { findings: [], unjudged: [] };
  const findings: Finding[] = [];
  const unjudged: Unjudged[] = [];
  for (const { kind, slot, message } of judgements) {
    const where = {
      rule: rule.id,
      ...(vm && { vm: vm.name }),
      ...(vm?.vmid !== undefined && { vmid: vm.vmid }),
      ...(slot !== undefined && { slot }),
    };
    if (kind === "violation") {
      const exemptAs = vm && { exemptAs: vm.exemptAs };
      findings.push({ ...where, ...exemptAs, level, message, remediation: rule.remediation });
    } else unjudged.push({ ...where, because: kind, message });
  }
  return { findings, unjudged };
}
