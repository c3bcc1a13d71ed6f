import { pathToFileURL } from "node:url";
import type { Rule } from "../../policy/rule.ts";
import { printable } from "../../proxmox/printable.ts";
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
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env;
  return server && repository
    ? `${server}/${repository}/blob/${commit || "HEAD"}/docs/policy/`
    : `${pathToFileURL(checkout).href}/docs/policy/`;
}

/**
 * The report as a SARIF 2.1.0 log.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifLog(
  report: AuditReport,
  rules: readonly Rule[],
  surroundings: SarifSurroundings,
): object {
  const { version, documentation } = surroundings;
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "proxmox-fleet",
            semanticVersion: version,
            rules: rules.map((rule) => descriptor(rule, documentation)),
          },
        },
        automationDetails: { id: "fleet-audit-policy/" },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: report.unread.length === 0,
            endTimeUtc: report.judgedAt,
            toolExecutionNotifications: [
              ...report.unread.map(({ reason }) => notification("error", reason)),
              ...report.unjudged.map(({ message }) => notification("note", message)),
              ...report.unusedExemptions.map(({ message }) => notification("note", message)),
            ],
          },
        ],
        results: report.findings.map((finding) => result(finding, report, rules)),
      },
    ],
  };
}

function descriptor({ id, description, remediation, defaultLevel }: Rule, documentation: string): object {
  return {
    id,
    shortDescription: { text: description },
    help: { text: remediation },
    helpUri: `${documentation}${id}.md`,
    defaultConfiguration: { level: levels[defaultLevel] },
  };
}

const levels = { mandatory: "error", advisory: "warning" } as const;

function result(finding: AuditFinding, report: AuditReport, rules: readonly Rule[]): object {
  const { rule, level, vm, vmid, slot, message, remediation, holds, exempted } = finding;
  const when = holds === undefined ? "" : ` (${holds})`;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: levels[level],
    message: { text: printable(`${message}${when}. ${remediation}`) },
    locations: [location(finding, report)],
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

/** The VM's entry in the stack file; for one that is not declared, the place where it would be. */
function location({ vm, vmid, slot, line }: AuditFinding, { stackFile }: AuditReport): object {
  const names = [vm ?? "fleet", ...(slot === undefined ? [] : [slot])].map(printable);
  return {
    physicalLocation: {
      artifactLocation: { uri: stackFile.path, uriBaseId: "%SRCROOT%" },
      region: { startLine: line ?? stackFile.vmsLine },
    },
    logicalLocations: [
      {
        name: names.at(-1),
        fullyQualifiedName: [...(vmid === undefined ? [] : [vmid]), ...names].join("/"),
        kind: "resource",
      },
    ],
  };
}

function notification(level: "error" | "note", text: string): object {
  return { level, message: { text: printable(text) } };
}
