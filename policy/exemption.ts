import type { JudgedVm } from "./judged-vm.ts";
import type { Finding } from "./rule.ts";

/** A violation that somebody answers for, until a day. */
export interface Exemption {
  readonly rule: string;
  /** Key of a VM that is declared, vmid of one that is not. */
  readonly vm: string;
  /** Only this slot of it. */
  readonly slot?: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it holds, `2026-12-31` in UTC. */
  readonly expires: string;
}

/** An exemption that exempts nothing. */
export interface UnusedExemption {
  readonly exemption: Exemption;
  /** What it is about: `drive-has-caps for pfsense scsi0`. */
  readonly subject: string;
  readonly why: string;
  /** Both in a sentence. */
  readonly message: string;
}

/** The finding as exempted, or as violated although an exemption was there once. */
export function withExemption(finding: Finding, exemptions: readonly Exemption[], today: string): Finding {
  const matching = exemptions.filter((exemption) => matches(exemption, finding));
  const valid = matching.find(({ expires }) => today <= expires);
  if (valid !== undefined) {
    const { reason, owner, expires } = valid;
    return { ...finding, exempted: { reason, owner, expires } };
  }
  const expired = matching[0];
  if (expired === undefined) return finding;
  return {
    ...finding,
    message: `${finding.message}; its exemption expired on ${expired.expires} (owner ${expired.owner}, reason: ${expired.reason})`,
  };
}

/**
 * Exemptions without a finding. Not among them, since the audit of the node tells: one for a VM that is known only in
 * part, and one for a vmid that no program declares.
 */
export function unusedExemptions(
  exemptions: readonly Exemption[],
  findings: readonly Finding[],
  vms: readonly JudgedVm[],
): UnusedExemption[] {
  return exemptions.flatMap((exemption) => {
    if (findings.some((finding) => matches(exemption, finding))) return [];
    const named = vms.filter((vm) => vm.exemptAs.includes(exemption.vm));
    if (named.some(({ complete }) => !complete)) return [];
    const why = named.length === 0 ? misnamed(exemption, vms) : "the rule finds nothing there";
    if (why === undefined) return [];
    const subject = subjectOf(exemption);
    return [
      { exemption, subject, why, message: `exemption of ${subject} must match a finding (got ${why})` },
    ];
  });
}

/** Why no VM is called so; undefined where only the node could say. */
function misnamed({ vm: name }: Exemption, vms: readonly JudgedVm[]): string | undefined {
  const declared = vms.find(({ vmid }) => String(vmid) === name);
  if (declared !== undefined)
    return `VM ${name} is declared, so that its key ${declared.exemptAs[0]} names it`;
  const namesake = vms.find((vm) => vm.name === name);
  if (namesake !== undefined) {
    const { vmid, exemptAs } = namesake;
    const isDeclared = exemptAs[0] !== String(vmid);
    return `VM ${vmid} of this name is ${isDeclared ? `declared as ${exemptAs[0]}` : "not declared"}, so that ${exemptAs[0]} names it`;
  }
  const isAudit = vms.some(({ source }) => source === "live");
  return !isAudit && /^\d+$/.test(name) ? undefined : "no VM of this name was judged";
}

function subjectOf({ rule, vm, slot }: Exemption): string {
  return `${rule} for ${vm}${slot === undefined ? "" : ` ${slot}`}`;
}

function matches(exemption: Exemption, finding: Finding): boolean {
  return (
    exemption.rule === finding.rule &&
    finding.exemptAs?.includes(exemption.vm) === true &&
    (exemption.slot === undefined || exemption.slot === finding.slot)
  );
}
