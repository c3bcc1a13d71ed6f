import { printable } from "../../proxmox/printable.ts";
import { sarifLocation, sarifLogOf } from "../sarif/log.ts";
import { kinds, kindsInOrder, type StatusFinding } from "./finding.ts";
import type { StatusReport } from "./report.ts";

/** The report as a SARIF 2.1.0 log: a rule for each kind of finding. `page` is the address of docs/status.md. */
export function statusSarif(report: StatusReport, version: string, page: string): object {
  return sarifLogOf({
    version,
    category: "fleet-status/",
    endedAt: report.readAt,
    isWhole: report.unread.length === 0,
    notifications: report.unread.map(({ reason }) => ({ level: "error", text: reason })),
    rules: kindsInOrder.map((kind) => ({
      id: kind,
      description: kinds[kind].description,
      help: kinds[kind].remedy,
      helpUri: `${page}#findings`,
      level: "error",
    })),
    results: report.findings.map((finding) => result(finding, report)),
  });
}

function result(
  { kind, vm, vmid, slot, path, line, message }: StatusFinding,
  { stackFile }: StatusReport,
): object {
  return {
    ruleId: kind,
    ruleIndex: kindsInOrder.indexOf(kind),
    level: "error",
    message: { text: printable(`${vm}: ${message}. ${kinds[kind].remedy}`) },
    locations: [sarifLocation({ vmid, names: [vm, ...(slot === undefined ? [] : [slot])], line, stackFile })],
    // The same finding is the same alert in the next run, whatever the line or the value.
    partialFingerprints: { "finding/v1": [kind, vmid, path ?? slot ?? ""].join("/") },
  };
}
