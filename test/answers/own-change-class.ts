import { driveFormat } from "../../proxmox/drive-formats.ts";
import { busOf } from "../../proxmox/drive-slots.ts";
import { isNicSlot, nicFormat } from "../../proxmox/nic-keys.ts";
import { optionNameMistake, optionRule } from "../../proxmox/option-table.ts";
import { planVm } from "../../proxmox/plan.ts";
import { parseProperties } from "../../proxmox/property-string.ts";
import { configOf } from "./emulator-hotplug.ts";
import type { HotplugRow } from "./rows.ts";
import { compare, family, type Subject, type Verdict } from "./subject.ts";

/** Where our plan refuses on purpose, with no effect to compare: our words, and why. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^only root@pam may write .*no API token is root/, "only root@pam may write it, and no API token is root"],
  [
    /^the VM has .* only root@pam may change, and no API token is root/,
    "only root@pam may change what is there, and no API token is root",
  ],
  [/^a burst below iops/, "a burst below its limit: Proxmox takes it, QEMU does not start"],
  [/^memory that this VM cannot have, since hotplug has memory/, "memory that is no whole number of modules"],
  [/^below the least that IP allows/, "an MTU with which the VM does not start"],
];

type Keys = Record<string, string>;

/** The keys that a row's change sets, and those that it takes away. */
function changed(key: string, from: string | null, to: string | null): { set: Keys; gone: string[] } {
  const bus = busOf(key);
  const format = bus === undefined ? nicFormat : (driveFormat(key) ?? nicFormat);
  const before = from === null ? new Map<string, string>() : parseProperties(format, from);
  const after = to === null ? new Map<string, string>() : parseProperties(format, to);
  const set = Object.fromEntries([...after].filter(([name, value]) => before.get(name) !== value));
  return { set, gone: [...before.keys()].filter((name) => !after.has(name)) };
}

function judge(row: HotplugRow): Verdict {
  const { key, from, to } = row;
  const isDrive = busOf(key) !== undefined;
  const isNic = isNicSlot(key);
  if (!isDrive && !isNic && optionNameMistake(key) !== undefined) return undefined;
  const current = configOf(row);
  const snapshot = {
    digest: "d",
    running: true,
    current,
    pending: {},
    pendingDeletes: new Set<string>(),
  };
  const base = { vmid: 100, options: {}, drives: {}, nics: {}, foreignSlots: [] };
  let declared: Parameters<typeof planVm>[0];
  if (isDrive || isNic) {
    const section = isDrive ? "drives" : "nics";
    if (to === null) return { apart: "never declared: a whole drive or network device that goes" };
    if (isDrive && from === null) return { apart: "a new drive is a volume that we allocate" };
    const { set, gone } = changed(key, from, to);
    if ("file" in set || "media" in set || "format" in set || "size" in set)
      return { apart: "drive keys that are never declared: volume, media, format and size" };
    const absent = gone.map((name) => `${section}.${key}.${name}`);
    declared = { ...base, [section]: { [key]: set }, absent };
  } else if (to === null && optionRule(key)?.format?.device) {
    return { apart: "never declared: a whole device that goes" };
  } else if (to === null) declared = { ...base, absent: [`options.${key}`] };
  else declared = { ...base, options: { [key]: to } };
  const plan = planVm(declared, snapshot);
  const of = row.part === undefined ? family(key) : `${family(key)} ${row.part}`;
  const [problem] = plan.problems;
  if (problem !== undefined) {
    const why = REFUSED.find(([words]) => words.test(problem.reason))?.[1];
    if (why !== undefined) return { apart: `refused on purpose: ${why}` };
    return { class: `${of} (${row.change}): refused`, expected: row.real, got: problem.reason };
  }
  if (plan.changes.length === 0) return { apart: "as declared already" };
  const got = plan.changes.some(({ effect }) => effect === "cold") ? "pending" : "current";
  return compare(`${of} (${row.change}): ${row.real}`, row.real === "pending" ? "pending" : "current", got);
}

/** Whether our plan calls a change live or cold as Proxmox treats it. */
export const ownChangeClass: Subject<HotplugRow> = { file: "hotplug.jsonl", name: "own change class", judge };
