import { styleText } from "node:util";
import { isFinding } from "../../incident/stalls/verdict.ts";
import { printable } from "../../proxmox/printable.ts";
import type { UnreadVm, WatchedVm } from "./look-round.ts";
import { driveText, exclusionText, plural, utcText } from "./verdict-text.ts";
import { captureCommand, vmName } from "./vm-names.ts";

type Style = (format: "bold" | "red" | "yellow" | "dim", text: string) => string;

/** The report for people: what is stalled and what to do first, then the rest in a line each, then the sum. */
export function stallTable(
  source: string,
  at: number,
  watched: readonly WatchedVm[],
  unread: readonly UnreadVm[],
  colour: boolean,
): string {
  const style: Style = (format, text) => (colour ? styleText(format, text, { validateStream: false }) : text);
  const findings = watched.filter(({ verdict }) => isFinding(verdict));
  const others = watched.filter(({ verdict }) => !isFinding(verdict));
  const blocks = [
    ...findings.map((one) => findingBlock(one, style)),
    ...(others.length === 0 ? [] : [otherLines(others, style)]),
    ...(unread.length === 0 ? [] : [unreadLines(unread, style)]),
    `${source} at ${utcText(at)}: ${sum(watched, unread)}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function findingBlock(one: WatchedVm, style: Style): string {
  const { vm, verdict } = one;
  const excluded = exclusionText(verdict);
  const drives = verdict.drives.map(
    (drive) =>
      `  ${drive.slot}: ${drive.state === "stalled" ? style("red", driveText(drive)) : driveText(drive)}`,
  );
  return [
    style("bold", heading(one)),
    ...(excluded === undefined ? [] : [`  ${style("red", excluded)}`]),
    ...drives,
    `  first: ${style("bold", captureCommand(vm))}  (a kill destroys the evidence)`,
    "  then:  docs/stalls.md",
  ].join("\n");
}

function otherLines(others: readonly WatchedVm[], style: Style): string {
  const width = Math.max(...others.map((one) => heading(one).length));
  return others
    .map((one) => {
      const suspected = one.verdict.drives.filter(({ state }) => state === "suspected");
      const text = suspected.map((drive) => `${drive.slot} ${driveText(drive)}`).join("; ");
      const said = exclusionText(one.verdict) ?? (text === "" ? calmText(one) : style("yellow", text));
      return `${heading(one).padEnd(width)}  ${printable(said)}`;
    })
    .join("\n");
}

function calmText({ verdict }: WatchedVm): string {
  const by = (wanted: string) => verdict.drives.filter(({ state }) => state === wanted).length;
  if (verdict.drives.length === 0) return "no drive that ever wrote";
  return [
    ...(by("moving") > 0 ? [`${by("moving")} moving`] : []),
    ...(by("quiet") > 0 ? [`${by("quiet")} quiet`] : []),
  ].join(", ");
}

function unreadLines(unread: readonly UnreadVm[], style: Style): string {
  const lines = unread.map(({ vm, reason }) => `  ${printable(vm.label)}: ${printable(reason)}`);
  return `${style("bold", "Could not be read")}\n${lines.join("\n")}`;
}

function heading({ vm }: WatchedVm): string {
  return printable(`${vm.location.vmid} ${vmName(vm)}`);
}

function sum(watched: readonly WatchedVm[], unread: readonly UnreadVm[]): string {
  const drives = watched.flatMap(({ verdict }) => verdict.drives);
  const count = (state: string) => drives.filter((drive) => drive.state === state).length;
  return [
    plural(watched.length, "VM"),
    `${plural(count("stalled"), "drive")} stalled`,
    `${count("suspected")} suspected`,
    ...(unread.length > 0 ? [`${plural(unread.length, "VM")} not read`] : []),
  ].join(", ");
}
