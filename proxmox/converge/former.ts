import { circumstancesOf, driveKeyEffect, nicKeyEffect, optionEffect } from "../change-class.ts";
import { formatOf, pathOf } from "../config-key.ts";
import type { DeclaredVm, Keys, Scalar } from "../declared.ts";
import { driveFormat } from "../drive-formats.ts";
import { busOf } from "../drive-slots.ts";
import { identityOf, identityText, isAnother, type VmIdentity } from "../identity.ts";
import type { PropertyFormat } from "../key-rule.ts";
import { isNicSlot } from "../nic-keys.ts";
import { optionNameMistake } from "../option-table.ts";
import { type Change, planVm } from "../plan.ts";
import { type Problem, problem } from "../problem.ts";
import { parseProperties, printProperties } from "../property-string.ts";
import { upcoming, type VmSnapshot } from "../snapshot.ts";

/** One value of a config: a top-level key, and the key in its property string where that has any. */
export interface ValueName {
  readonly key: string;
  /** Empty when the option is no property string. */
  readonly part: string;
}

/** Values of a VM's config as they once were. */
export interface Former {
  /** Those that were there. */
  readonly declared: DeclaredVm;
  /** Options that were absent. */
  readonly absentOptions: readonly string[];
  /** Parts of property strings that were absent, by top-level key. */
  readonly absentParts: Readonly<Record<string, readonly string[]>>;
  /** Volumes by slot: only the same drive gets its old values back. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Whose config it was: no other VM gets its values. */
  readonly identity: VmIdentity;
  /** What cannot be put back. */
  readonly problems: readonly Problem[];
}

/** How a VM gets its former values back. */
export interface FormerPlan {
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  /** What remains once everything that was there is written: options to remove, texts to set. */
  readonly removal: { readonly options: readonly string[]; readonly set: Readonly<Record<string, string>> };
}

const absent = "(absent)";

/** The values of these names in a config that was saved. Volumes, sizes and whole devices are never among them. */
export function formerValues(
  vm: Pick<DeclaredVm, "vmid" | "node" | "foreignSlots">,
  saved: Readonly<Record<string, string>>,
  names: readonly ValueName[],
): Former {
  const options: Record<string, Scalar | Keys> = {};
  const drives: Record<string, Keys> = {};
  const nics: Record<string, Keys> = {};
  const absentOptions: string[] = [];
  const absentParts: Record<string, string[]> = {};
  const volumes: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const [key, parts] of Map.groupBy(names, (name) => name.key)) {
    const text = Object.hasOwn(saved, key) ? saved[key] : undefined;
    const format = formatOf(key);
    if (text === undefined) {
      const mistake = optionNameMistake(key);
      if (mistake === undefined) absentOptions.push(key);
      else problems.push(formatOf(key)?.device ? unplugged(key) : unknowable(key, mistake));
      continue;
    }
    if (format === undefined) {
      options[key] = text;
      continue;
    }
    const view = parseProperties(format, text);
    const wanted = parts.some(({ part }) => part === "") ? [...view.keys()] : parts.map(({ part }) => part);
    const { there, gone } = split(format, view, wanted);
    if (busOf(key) !== undefined) {
      drives[key] = there;
      volumes[key] = view.get("file") ?? "";
    } else if (isNicSlot(key)) nics[key] = there;
    else if (Object.keys(there).length > 0) options[key] = there;
    if (gone.length > 0) absentParts[key] = gone;
  }
  const declared = { ...vm, options, drives, nics };
  const { uuid, ...made } = identityOf({ current: saved });
  // A uuid that is put back itself says nothing of the VM that has another now.
  const isKnown = uuid !== undefined && names.every(({ key }) => key !== "smbios1");
  const identity = { ...made, ...(isKnown && { uuid }) };
  return { declared, absentOptions, absentParts, volumes, identity, problems };
}

/** A limit that was absent is written as none first, since its removal may have to wait with the rest. */
function split(format: PropertyFormat, view: ReadonlyMap<string, string>, parts: readonly string[]) {
  const there: Record<string, Scalar> = {};
  const gone: string[] = [];
  for (const part of parts) {
    if (part === "file" || part === "size") continue;
    const value = view.get(part);
    const rule = Object.hasOwn(format.keys, part) ? format.keys[part] : undefined;
    if (value === undefined) gone.push(part);
    const now = value ?? (rule?.change === "live" ? rule.absent : undefined);
    if (now !== undefined) there[part] = now;
  }
  return { there, gone };
}

/** Plans the way back; pure, and the first thing that a user is shown. */
export function planFormer(former: Former, snapshot: VmSnapshot): FormerPlan {
  const { changes, problems } = planVm(former.declared, snapshot);
  const circumstances = circumstancesOf(snapshot);
  const removed: Change[] = [];
  const options = former.absentOptions.filter((key) => upcoming(snapshot, key) !== undefined);
  for (const key of options) {
    const from = upcoming(snapshot, key) ?? "";
    const effect = optionEffect(circumstances, key, undefined, from, "");
    removed.push({ path: pathOf(key), from, to: absent, effect });
  }
  const set: Record<string, string> = {};
  for (const [key, parts] of Object.entries(former.absentParts)) {
    const format = formatOf(key);
    const text = upcoming(snapshot, key);
    if (format === undefined || text === undefined) continue;
    const view = parseProperties(format, text);
    const there = parts.filter((part) => view.has(part));
    for (const part of there) {
      const from = view.get(part) ?? "";
      view.delete(part);
      const effect = partEffect(circumstances, key, part, from);
      removed.push({ path: `${pathOf(key)}.${part}`, from, to: absent, effect });
    }
    if (there.length > 0) set[key] = printProperties(format, view);
  }
  // A limit is lifted and then forgotten: one change.
  const told = new Set(removed.map(({ path }) => path));
  return {
    changes: [...changes.filter(({ path }) => !told.has(path)), ...removed],
    problems: [
      ...otherVm(former, snapshot),
      ...former.problems,
      ...problems,
      ...otherVolumes(former, snapshot),
    ],
    removal: { options, set },
  };
}

function partEffect(
  circumstances: ReturnType<typeof circumstancesOf>,
  key: string,
  part: string,
  from: string,
) {
  if (busOf(key) !== undefined) return driveKeyEffect(circumstances, key, part);
  if (isNicSlot(key)) return nicKeyEffect(circumstances, part);
  return optionEffect(circumstances, key, part, from, "");
}

function otherVm({ identity }: Former, snapshot: VmSnapshot): Problem[] {
  const now = identityOf(snapshot);
  if (!isAnother(identity, now)) return [];
  return [
    problem(
      "vmid",
      "another VM has the number by now than the one that was saved",
      `${identityText(now)}, saved was ${identityText(identity)}`,
      "allowed is the same VM",
      "correct vmid, endpoint or connection; the values are in the backup, to be set by hand where they fit",
    ),
  ];
}

function otherVolumes({ volumes }: Former, snapshot: VmSnapshot): Problem[] {
  return Object.entries(volumes).flatMap(([slot, volume]) => {
    const text = upcoming(snapshot, slot);
    const format = driveFormat(slot);
    if (text === undefined || format === undefined) return [];
    const now = parseProperties(format, text).get("file") ?? "";
    if (now === volume) return [];
    return problem(
      `drives.${slot}`,
      "the slot holds another volume than the one whose values were saved",
      `${now}, saved was ${volume}`,
      "allowed is the same volume",
      "put the values of this drive back by hand, or leave them",
    );
  });
}

function unplugged(key: string): Problem {
  return problem(
    pathOf(key),
    "the slot was empty, and nothing is ever unplugged here",
    "a device that was not there",
    "allowed are values of devices that were there",
    "remove the device by hand if it shall go",
  );
}

function unknowable(key: string, mistake: string): Problem {
  return problem(
    pathOf(key),
    `it ${mistake}`,
    "no saved value",
    "allowed are a VM's own options",
    "set it by hand if it shall be as before",
  );
}
