import { styleText } from "node:util";
import { describeUnjudged, describeUnused, gathered } from "../../policy/pack-text.ts";
import type { Rule } from "../../policy/rule.ts";
import { printable } from "../../proxmox/printable.ts";
import type { AuditFinding, AuditReport } from "./report.ts";

type Style = (format: "bold" | "dim" | "red" | "yellow", text: string) => string;

/** The report for people: findings by VM, then what to do by rule, then the sum. */
export function auditTable(report: AuditReport, rules: readonly Rule[], colour: boolean): string {
  const style: Style = (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text);
  const blocks = [
    ...findingsByVm(report, style),
    ...exemptedFindings(report, style),
    ...unjudged(report),
    ...unusedExemptions(report),
    ...unread(report, style),
    ...remedies(report, rules),
    summary(report),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function findingsByVm(report: AuditReport, style: Style): string[] {
  const open = report.findings.filter(({ exempted }) => exempted === undefined);
  const widths = {
    level: width(open.map(({ level }) => level)),
    rule: width(open.map(({ rule }) => rule)),
    slot: width(open.map(({ slot = "-" }) => slot)),
  };
  const groups = Map.groupBy(open, ({ vm, vmid }) => `${vmid} ${vm}`);
  return [...groups.values()].map((group) => {
    const lines = group.map(({ level, rule, slot = "-", message, holds }) => {
      const columns = [
        style(level === "mandatory" ? "red" : "yellow", level.padEnd(widths.level)),
        rule.padEnd(widths.rule),
        slot.padEnd(widths.slot),
        printable(message) + (holds === undefined ? "" : ` [${holds}]`),
      ];
      return `  ${columns.join("  ")}`;
    });
    return [style("bold", headingOf(group[0], report)), ...lines].join("\n");
  });
}

/** `102 devvm, running on pve, Pulumi.prod.yaml:25`. */
function headingOf(finding: AuditFinding | undefined, { vms, stackFile }: AuditReport): string {
  const vm = vms.find(({ vmid, name }) => vmid === finding?.vmid && name === finding?.vm);
  if (vm === undefined) return "All VMs together";
  const { vmid, name, status, node, line } = vm;
  const parts = [
    printable(vmid === undefined ? name : `${vmid} ${name}`),
    ...(status === undefined ? [] : [`${status} on ${node}`]),
    line === undefined ? `not declared in ${stackFile.path}` : `${stackFile.path}:${line}`,
  ];
  return parts.join(", ");
}

/** One line for all that one exemption covers. */
function exemptedFindings({ findings }: AuditReport, style: Style): string[] {
  const groups = Map.groupBy(
    findings.filter(({ exempted }) => exempted !== undefined),
    ({ rule, exempted }) => JSON.stringify([rule, exempted]),
  );
  if (groups.size === 0) return [];
  const lines = [...groups.values()].map((group) => {
    const where = group.map(({ vm = "", slot }) => (slot === undefined ? vm : `${vm} ${slot}`));
    const { rule = "", exempted } = group[0] ?? {};
    return printable(
      `  ${rule}: ${where.join(", ")} (until ${exempted?.expires}, ${exempted?.owner}: ${exempted?.reason})`,
    );
  });
  return [style("dim", ["Exempted", ...lines].join("\n"))];
}

function unjudged({ unjudged }: AuditReport): string[] {
  const undeclared = unjudged.filter(({ because }) => because === "undeclared");
  const unknown = unjudged.filter(({ because }) => because === "unknown");
  const lines = [...gathered(undeclared), ...unknown.map(describeUnjudged)];
  return lines.length === 0 ? [] : [`Could not be judged\n${indented(lines)}`];
}

function unusedExemptions({ unusedExemptions }: AuditReport): string[] {
  const lines = describeUnused(unusedExemptions);
  return lines.length === 0 ? [] : [`Exemptions without a finding\n${indented(lines)}`];
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${printable(line)}`).join("\n");
}

function unread({ unread }: AuditReport, style: Style): string[] {
  if (unread.length === 0) return [];
  const lines = unread.map(
    ({ vmid, name = "", reason }) => `  ${vmid ?? ""} ${printable(name)}: ${printable(reason)}`,
  );
  return [`${style("bold", "Could not be read")}\n${lines.join("\n")}`];
}

function remedies({ findings }: AuditReport, rules: readonly Rule[]): string[] {
  const open = new Set(findings.filter(({ exempted }) => exempted === undefined).map(({ rule }) => rule));
  const violated = rules.filter(({ id }) => open.has(id));
  if (violated.length === 0) return [];
  const lines = violated.map(({ id, remediation }) => `  ${id}: ${remediation} docs/policy/${id}.md`);
  return [`What to do\n${lines.join("\n")}`];
}

function summary({ source, judgedAt, summary }: AuditReport): string {
  const { vms, templates, foreignDrives, unread, mandatory, advisory, exempted } = summary;
  const looked = [
    `${vms} VMs judged`,
    ...(templates > 0 ? [`${templates} templates listed only`] : []),
    ...(foreignDrives > 0 ? [`${foreignDrives} drives of other owners left alone`] : []),
    ...(unread > 0 ? [`${unread} not read`] : []),
  ];
  return `${source} at ${judgedAt}: ${looked.join(", ")}\n${mandatory} mandatory, ${advisory} advisory, ${exempted} exempted`;
}

function width(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}
