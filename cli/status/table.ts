import { styleText } from "node:util";
import { printable } from "../../proxmox/printable.ts";
import { type FindingKind, kinds, kindsInOrder } from "./finding.ts";
import type { StatusReport, VmReport } from "./report.ts";

type Format = "bold" | "dim" | "red" | "yellow" | "green";
type Style = (format: Format, text: string) => string;

/** The report for people: a line for each VM, then findings by VM, what to do by kind, and the sum. */
export function statusTable(report: StatusReport, colour: boolean): string {
  const style: Style = (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text);
  const blocks = [
    overview(report, style),
    ...findingsByVm(report, style),
    ...unread(report, style),
    ...remedies(report),
    sum(report),
  ];
  return `${blocks.join("\n\n")}\n`;
}

function overview({ vms }: StatusReport, style: Style): string {
  const rows = vms.map((vm) => ({
    vm,
    cells: [String(vm.vmid), printable(vm.vm), printable(vm.node ?? "-"), vm.status],
  }));
  const head = ["VMID", "VM", "NODE", "STATUS"];
  const widths = head.map((title, index) => width([title, ...rows.map(({ cells }) => cells[index] ?? "")]));
  const line = (cells: readonly string[], last: string) =>
    [
      ...cells.map((cell, index) =>
        index === 0 ? cell.padStart(widths[0] ?? 0) : cell.padEnd(widths[index] ?? 0),
      ),
      last,
    ].join("  ");
  return [
    style("bold", line(head, "SUMMARY")),
    ...rows.map(({ vm, cells }) => line(cells, summaryOf(vm, style))),
  ].join("\n");
}

/** What a summary says of a kind. */
const short: Readonly<Record<FindingKind, string>> = {
  problem: "problem",
  locked: "locked",
  missing: "declared, and missing",
  "not-created": "declared, not created yet",
  unmanaged: "not declared",
  drifted: "drifted",
  waiting: "waiting",
  "waiting-undeclared": "waiting undeclared",
  uncapped: "uncapped",
  "zombie-onboot": "zombie onboot",
};
const colours: Readonly<Record<FindingKind, Format>> = {
  problem: "red",
  locked: "yellow",
  missing: "red",
  "not-created": "yellow",
  unmanaged: "yellow",
  drifted: "red",
  waiting: "yellow",
  "waiting-undeclared": "yellow",
  uncapped: "red",
  "zombie-onboot": "red",
};
const isCounted: ReadonlySet<FindingKind> = new Set(["problem", "drifted", "waiting", "waiting-undeclared"]);

function summaryOf(vm: VmReport, style: Style): string {
  if (vm.status === "template") return style("dim", "listed only");
  if (vm.status === "unread") return style("red", "could not be read");
  const { kinds: found, foreignDrives = 0, foreignSlots, declaredNode } = vm;
  const parts = kindsInOrder
    .filter((kind) => found[kind] !== undefined)
    .map((kind) => {
      const count = isCounted.has(kind) ? `${found[kind]} ` : "";
      return style(colours[kind], `${count}${short[kind]}`);
    });
  const beside = [
    ...(declaredNode === undefined ? [] : [`declared on ${printable(declaredNode)}`]),
    ...(foreignDrives > 0 ? [`${foreignDrives} foreign`] : []),
    ...(foreignSlots === undefined
      ? []
      : [`${foreignSlots.left} of ${foreignSlots.declared} foreign slots left`]),
  ].map((text) => style("dim", text));
  return [...(parts.length === 0 ? [style("green", "in sync")] : parts), ...beside].join(", ");
}

function findingsByVm({ findings, vms, stackFile }: StatusReport, style: Style): string[] {
  const widest = width(findings.map(({ kind }) => kind));
  const groups = Map.groupBy(findings, ({ vmid }) => vmid);
  return vms.flatMap((vm) => {
    const group = groups.get(vm.vmid);
    if (group === undefined) return [];
    const lines = group.map(
      ({ kind, message }) => `  ${style(colours[kind], kind.padEnd(widest))}  ${printable(message)}`,
    );
    return [[style("bold", headingOf(vm, stackFile)), ...lines].join("\n")];
  });
}

/** `102 devvm, running on pve, QEMU 10.1.2 (pc-i440fx-10.1+pve0) since 2026-06-11T16:48:31.000Z, Pulumi.prod.yaml:25`. */
function headingOf(vm: VmReport, stackFile: StatusReport["stackFile"]): string {
  const { vmid, status, node, qemu, line } = vm;
  const parts = [
    `${vmid} ${vm.vm}`,
    node === undefined ? status : `${status} on ${node}`,
    ...(qemu === undefined ? [] : [qemuOf(qemu)]),
    line === undefined ? `not declared in ${stackFile.path}` : `${stackFile.path}:${line}`,
  ];
  return printable(parts.join(", "));
}

function qemuOf({
  version = "of unknown version",
  machine,
  startedAt,
}: NonNullable<VmReport["qemu"]>): string {
  const as = machine === undefined ? "" : ` as ${machine}`;
  return `QEMU ${version}${as}${startedAt === undefined ? "" : ` since ${startedAt}`}`;
}

function unread({ unread }: StatusReport, style: Style): string[] {
  if (unread.length === 0) return [];
  const lines = unread.map(
    ({ vmid, name = "", reason }) => `  ${vmid ?? ""} ${printable(name)}: ${printable(reason)}`,
  );
  return [`${style("bold", "Could not be read")}\n${lines.join("\n")}`];
}

function remedies({ findings }: StatusReport): string[] {
  const lines = kindsInOrder
    .filter((kind) => findings.some((one) => one.kind === kind))
    .map((kind) => `  ${kind}: ${kinds[kind].remedy}`);
  return lines.length === 0 ? [] : [`What to do\n${lines.join("\n")}`];
}

function sum({ source, readAt, summary, vms: all }: StatusReport): string {
  const unseen = all.reduce((total, { unseen = [] }) => total + unseen.length, 0);
  const { vms, inSync, templates, foreignDrives, unread, findings } = summary;
  const looked = [
    `${inSync} of ${vms} VMs in sync`,
    ...(templates > 0 ? [`${templates} templates listed only`] : []),
    ...(foreignDrives > 0 ? [`${foreignDrives} drives of other owners left alone`] : []),
    ...(unseen > 0 ? [`${unseen} declared keys that no API shows as QEMU runs them`] : []),
    ...(unread > 0 ? [`${unread} not read`] : []),
  ];
  return `${source} at ${readAt}: ${looked.join(", ")}\n${findings} ${findings === 1 ? "finding" : "findings"}`;
}

function width(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}
