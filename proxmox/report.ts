import type { Held } from "./held.ts";
import type { Change } from "./plan.ts";
import { printable } from "./printable.ts";

/** An owned key that QEMU does not have before a cold stop and start. */
export interface Waiting {
  readonly path: string;
  /** What QEMU runs with; absent when it has no such key. */
  readonly from?: string;
  /** Absent: QEMU has it, and it goes away. */
  readonly to?: string;
  /** The config has it already and Proxmox shows it as done; without this it is pending. */
  readonly configured?: boolean;
}

/** When a change takes effect, in words. */
export const effects: Readonly<Record<Change["effect"], string>> = {
  live: "live",
  cold: "cold: waits for a stop and start",
  invisible: "in the config at once, in QEMU only after a stop and start",
};

/** How a preview begins that would write nothing to a VM. */
export const nothingWouldBeWritten = "nothing would be written";
/** What an up says that wrote nothing to a VM. */
export const nothingWasWritten = "already as declared: nothing was written";

/** What a preview says of one VM: each key that would be written, or that nothing would. */
export function previewReport(changes: readonly Change[], waiting: readonly Waiting[]): string {
  const would =
    changes.length === 0
      ? nothingWouldBeWritten
      : `would write ${count(changes.length, "change")}:\n${changeLines(changes)}`;
  return waiting.length === 0 ? would : `${would}\n${waitingReport(waiting)}`;
}

/** Which disks a preview's changes are about; undefined when it has none of an existing drive. */
export function drivesReport(
  changes: readonly Change[],
  volumes: Readonly<Record<string, string>>,
): string | undefined {
  const slots = new Set(changes.map(({ path }) => /^drives\.(\w+)/.exec(path)?.[1] ?? ""));
  const drives = Object.entries(volumes).filter(([slot]) => slots.has(slot));
  if (drives.length === 0) return undefined;
  return printable(drives.map(([slot, volume]) => `drives.${slot} is ${volume}`).join(", "));
}

/** What was done to one VM. */
export function writtenReport(written: readonly Change[]): string {
  return written.length === 0
    ? "nothing was written"
    : `wrote ${count(written.length, "change")}:\n${changeLines(written)}`;
}

/** What is configured but not run yet. */
export function waitingReport(waiting: readonly Waiting[]): string {
  const lines = waiting.map((one) => `  ${waitingLine(one)}`);
  return `${count(waiting.length, "change")} ${waiting.length === 1 ? "waits" : "wait"} for a cold stop and start (a reboot inside the guest is not enough):\n${lines.join("\n")}`;
}

/** Why values wait that could be live, and the way out. */
export function heldReport(vmid: number, { key, path, others }: Held): string {
  const theirs = others.map((one) => step({ path: one.key, to: "(absent)", ...one })).join(", ");
  return `${path}: what is live otherwise waits too, since another hand's change is pending in the same text (got ${theirs}) and Proxmox takes a text as a whole; stop and start the VM, or to have it at once, take that change back with qm set ${vmid} --revert ${key} and run again`;
}

/** One key that waits, on one line. */
export function waitingLine(one: Waiting): string {
  return one.configured ? `${step(one)}  [in the config, not yet in QEMU]` : step(one);
}

/** One line for each change. */
export function changeLines(changes: readonly Change[]): string {
  return changes.map((one) => `  ${step(one)}  [${effects[one.effect]}]`).join("\n");
}

/** What Proxmox had is text from elsewhere: it stays on its line. */
function step({ path, from, to }: Waiting): string {
  return printable(`${path}: ${from ?? absent} => ${to ?? absent}`);
}

/** How a key is written that is not there. */
export const absent = "(absent)";

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
