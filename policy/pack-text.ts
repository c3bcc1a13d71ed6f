import type { UnusedExemption } from "./exemption.ts";
import type { Finding, Unjudged } from "./rule.ts";

/** A violation, and what to do about it. */
export function describeViolation({ rule, message, remediation }: Finding): string {
  return `${message}\n${remediation} See docs/policy/${rule}.md.`;
}

/** An exempted violation on one line. */
export function describeExempted({ rule, message, exempted }: Finding): string {
  return `exempted from ${rule}: ${message}; until ${exempted?.expires}, owner ${exempted?.owner}: ${exempted?.reason}`;
}

/** What a rule could not judge, on one line. */
export function describeUnjudged({ rule, message }: Unjudged): string {
  return `${rule} could not judge: ${message}`;
}

/** What nobody declares, one line per rule: a fleet that is adopted in part would fill the screen. */
export function gathered(unjudged: readonly Unjudged[]): string[] {
  const byRule = Map.groupBy(unjudged, ({ rule }) => rule);
  return [...byRule].map(([rule, all]) => {
    const subjects = [...new Set(all.map(({ message }) => message.replace(/ is not declared.*$/, "")))];
    return `${rule} could not judge what is not declared: ${subjects.join(", ")}; fleet audit --policy judges it on the node`;
  });
}

/** Exemptions that exempt nothing, one line per reason. */
export function describeUnused(unused: readonly UnusedExemption[]): string[] {
  return [...Map.groupBy(unused, ({ why }) => why)].map(
    ([why, all]) =>
      `exemptions must match a finding (got ${why}): ${all.map(({ subject }) => subject).join(", ")}; remove them`,
  );
}
