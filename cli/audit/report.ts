import type { UnusedExemption } from "../../policy/exemption.ts";
import { judgeFleet } from "../../policy/judge-fleet.ts";
import type { Finding, Unjudged } from "../../policy/rule.ts";
import type { Unread } from "../cluster/read-vm.ts";
import type { StackFile } from "../stack/stack-file.ts";
import type { AuditedVm, AuditedVms } from "./audited-vms.ts";
import type { Standard } from "./standard.ts";

/** A violation, and where it is to be corrected. */
export interface AuditFinding extends Finding {
  /** Until or from the next cold start, when it does not hold on both sides of it. */
  readonly holds?: "until the next start" | "from the next start";
  /** Line of the VM's entry in the stack file; absent when it is not declared there. */
  readonly line?: number;
}

/** What an audit found. */
export interface AuditReport {
  readonly source: string;
  /** UTC, ISO 8601. */
  readonly judgedAt: string;
  /** Where VMs are declared; it need not exist. */
  readonly stackFile: { readonly path: string; readonly vmsLine: number };
  readonly summary: {
    readonly vms: number;
    readonly templates: number;
    readonly foreignDrives: number;
    readonly unread: number;
    /** Findings that are not exempted. */
    readonly mandatory: number;
    readonly advisory: number;
    readonly exempted: number;
  };
  readonly vms: readonly (AuditedVm & { readonly line?: number })[];
  readonly findings: readonly AuditFinding[];
  readonly unjudged: readonly Unjudged[];
  readonly unusedExemptions: readonly UnusedExemption[];
  readonly unread: readonly Unread[];
}

/** Judges what was read, as it is and as it becomes at the next cold start. */
export function auditReport(
  audited: AuditedVms,
  { settings, exemptions }: Standard,
  now: Date,
  stackFile: StackFile,
): AuditReport {
  const today = now.toISOString().slice(0, "2026-06-11".length);
  const present = judgeFleet(audited.now, settings, exemptions, today);
  const coming = judgeFleet(audited.next, settings, exemptions, today);
  const findings = merged(present.findings, coming.findings)
    .map((finding) => ({ ...finding, ...lineOf(stackFile, finding.vmid, finding.vm) }))
    .toSorted((one, other) => (one.vmid ?? Infinity) - (other.vmid ?? Infinity));
  const unread = [...audited.unread, ...unseen(audited, stackFile)];
  const open = findings.filter(({ exempted }) => exempted === undefined);
  const judged = audited.vms.filter(({ template }) => !template);
  return {
    source: audited.source,
    judgedAt: now.toISOString(),
    stackFile: { path: stackFile.path, vmsLine: stackFile.vmsLine },
    summary: {
      vms: judged.length,
      templates: audited.vms.length - judged.length,
      foreignDrives: judged.reduce((sum, { foreignDrives }) => sum + foreignDrives, 0),
      unread: unread.length,
      mandatory: open.filter(({ level }) => level === "mandatory").length,
      advisory: open.filter(({ level }) => level === "advisory").length,
      exempted: findings.length - open.length,
    },
    vms: audited.vms.map((vm) => ({ ...vm, ...lineOf(stackFile, vm.vmid, vm.name) })),
    findings,
    unjudged: present.unjudged,
    unusedExemptions: present.unused.filter(({ exemption }) =>
      coming.unused.some((other) => other.exemption === exemption),
    ),
    unread,
  };
}

function merged(present: readonly Finding[], coming: readonly Finding[]): AuditFinding[] {
  const isIn = (findings: readonly Finding[], { rule, vm, vmid, slot, message }: Finding) =>
    findings.some(
      (one) =>
        one.rule === rule &&
        one.vm === vm &&
        one.vmid === vmid &&
        one.slot === slot &&
        one.message === message,
    );
  return [
    ...present.map((one) => (isIn(coming, one) ? one : { ...one, holds: "until the next start" as const })),
    ...coming
      .filter((one) => !isIn(present, one))
      .map((one) => ({ ...one, holds: "from the next start" as const })),
  ];
}

function lineOf(stackFile: StackFile, vmid: number | undefined, name: string | undefined): { line?: number } {
  const found = stackFile.declarations.find((one) =>
    vmid === undefined || one.vmid === undefined ? one.name === name : one.vmid === vmid,
  );
  return found === undefined ? {} : { line: found.line };
}

/** VMs that are declared to exist, and that the token was not shown. */
function unseen({ vms, now, unread }: AuditedVms, stackFile: StackFile): Unread[] {
  if (now.some(({ source }) => source !== "live")) return [];
  const seen = new Set([...vms, ...unread].map(({ vmid }) => vmid));
  return stackFile.declarations.flatMap(({ name, vmid, created, line }) => {
    if (created || vmid === undefined || seen.has(vmid)) return [];
    const reason = `${stackFile.path}:${line}: ${name} is declared, and the cluster does not list it (got no VM ${vmid}); allowed is a VM that exists and that the token may see (VM.Audit); correct the entry, or the token's role`;
    return [{ vmid, name, reason }];
  });
}
