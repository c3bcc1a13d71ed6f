import type { Rule } from "../../policy/rule.ts";
import { printable } from "../../proxmox/printable.ts";
import { pageAddress, sarifLocation, sarifLogOf } from "../sarif/log.ts";
import type { AuditFinding, AuditReport } from "./report.ts";

/** What a SARIF report needs beside the findings. */
export interface SarifSurroundings {
  /** Version of this project. */
  readonly version: string;
  /** Absolute address of the folder with a page for each rule, `/` last. */
  readonly documentation: string;
}

/** Where the pages of the rules are: on the code host when its variables say so, else in the checkout. */
export function documentationBase(env: NodeJS.ProcessEnv, checkout: string): string {
  return pageAddress(env, checkout, "docs/policy/");
}

/** The report as a SARIF 2.1.0 log. */
export function sarifLog(
  report: AuditReport,
  rules: readonly Rule[],
  surroundings: SarifSurroundings,
): object {
  const { version, documentation } = surroundings;
  return sarifLogOf({
    version,
    category: "fleet-audit-policy/",
    endedAt: report.judgedAt,
    isWhole: report.unread.length === 0,
    notifications: [
      ...report.unread.map(({ reason }) => ({ level: "error" as const, text: reason })),
      ...report.unjudged.map(({ message }) => ({ level: "note" as const, text: message })),
      ...report.unusedExemptions.map(({ message }) => ({ level: "note" as const, text: message })),
    ],
    rules: rules.map(({ id, description, remediation, defaultLevel }) => ({
      id,
      description,
      help: remediation,
      helpUri: `${documentation}${id}.md`,
      level: levels[defaultLevel],
    })),
    results: report.findings.map((finding) => result(finding, report, rules)),
  });
}

const levels = { mandatory: "error", advisory: "warning" } as const;

function result(finding: AuditFinding, report: AuditReport, rules: readonly Rule[]): object {
  const { rule, level, vm, vmid, slot, line, message, remediation, holds, exempted } = finding;
  const when = holds === undefined ? "" : ` (${holds})`;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: levels[level],
    message: { text: printable(`${message}${when}. ${remediation}`) },
    locations: [
      sarifLocation({
        vmid,
        names: [vm ?? "fleet", ...(slot === undefined ? [] : [slot])],
        line,
        stackFile: report.stackFile,
      }),
    ],
    // The same violation is the same alert in the next run, whatever the line or the value.
    partialFingerprints: { "violation/v1": [rule, vmid ?? vm ?? "fleet", slot ?? ""].join("/") },
    suppressions:
      exempted === undefined
        ? []
        : [
            {
              kind: "external",
              status: "accepted",
              justification: `${exempted.reason} (owner ${exempted.owner}, until ${exempted.expires})`,
            },
          ],
  };
}
