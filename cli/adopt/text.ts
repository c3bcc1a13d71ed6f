import { styleText } from "node:util";
import { printable } from "../../proxmox/printable.ts";
import type { Adoption } from "./adoption.ts";
import type { ProvedVm } from "./proof.ts";
import type { AdoptReport } from "./report.ts";

type Style = (format: "bold" | "red" | "green" | "cyan", text: string) => string;

function styles(colour: boolean): Style {
  return (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text);
}

/** What is to be decided: the diff, and what each VM leaves unowned. */
export function planText({ diff, adopted, templates }: AdoptReport, colour: boolean): string {
  const style = styles(colour);
  const blocks = [
    ...(diff === "" ? [] : [diffText(diff, style)]),
    ...adopted.filter(({ left, notes }) => left.length + notes.length > 0).map((vm) => ofVm(vm, style)),
    ...(templates.length === 0
      ? []
      : [
          [
            style("bold", "Templates, left (name the vmid of one to adopt it all the same)"),
            ...templates.map(({ vmid, name = "", node }) => `  ${vmid} ${printable(name)} on ${node}`),
          ].join("\n"),
        ]),
  ];
  return blocks.map((block) => `${block}\n`).join("\n");
}

/** What was done. */
export function resultText(report: AdoptReport, colour: boolean): string {
  const { adopted, written, stackFile, proof } = report;
  if (adopted.length === 0) return `nothing to adopt: ${stackFile} declares every VM that is no template\n`;
  const count = `${adopted.length} ${adopted.length === 1 ? "VM" : "VMs"}`;
  if (!written) return `nothing was written; ${count} would be adopted into ${stackFile}\n`;
  const style = styles(colour);
  const lines = (proof?.vms ?? []).map((vm) => `  ${proofOf(vm, adopted)}`);
  const verdict =
    proof === undefined
      ? `not proved; ${howToProve}`
      : proof.problem === undefined
        ? "proved: no key changes, and nothing was written to Proxmox"
        : `${style("red", "not proved")}: ${printable(proof.problem)}; the entries stay in ${stackFile}; ${howToProve}`;
  return [`${count} adopted into ${stackFile}`, ...lines, verdict].map((line) => `${line}\n`).join("");
}

const howToProve =
  "prove it with pulumi preview, then PROXMOX_FLEET_READ_ONLY=1 pulumi up, which fails before it would write";

function proofOf({ key, changes, applied }: ProvedVm, adopted: readonly Adoption[]): string {
  const vmid = adopted.find((one) => one.key === key)?.vmid ?? "";
  if (changes.length > 0) return `${vmid} ${key}: would change ${changes.map(printable).join("; ")}`;
  return applied
    ? `${vmid} ${key}: adopted, 0 keys change, 0 requests that write`
    : `${vmid} ${key}: 0 keys change; not applied yet`;
}

function ofVm({ key, vmid, node, status, left, notes }: Adoption, style: Style): string {
  return [
    style("bold", `${vmid} ${key}, ${status} on ${node}`),
    ...notes.map((note) => `  ${printable(note)}`),
    ...left.flatMap(({ path, reason, choices }) => [
      `  left: ${printable(`${path} ${reason}`)}`,
      ...choices.map((choice) => `    - ${printable(choice)}`),
    ]),
  ].join("\n");
}

function diffText(diff: string, style: Style): string {
  const lines = diff.trimEnd().split("\n");
  return lines
    .map((line) => {
      if (line.startsWith("@@")) return style("cyan", printable(line));
      if (line.startsWith("+")) return style("green", printable(line));
      return line.startsWith("-") ? style("red", printable(line)) : printable(line);
    })
    .join("\n");
}
