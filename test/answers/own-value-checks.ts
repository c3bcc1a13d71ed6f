import { checkDeclared, type RawDeclaredVm } from "../../proxmox/check-declared.ts";
import { driveFormat } from "../../proxmox/drive-formats.ts";
import { busOf } from "../../proxmox/drive-slots.ts";
import { toText } from "../../proxmox/meaning.ts";
import { isNicSlot, nicFormat } from "../../proxmox/nic-keys.ts";
import { optionNameMistake, optionRule } from "../../proxmox/option-table.ts";
import { PropertyStringError, parseProperties } from "../../proxmox/property-string.ts";
import { textConflicts } from "../../proxmox/text-conflicts.ts";
import type { OptionTextRow } from "./rows.ts";
import { type Apart, family, type Subject, type Verdict } from "./subject.ts";

const VOLUME_KEYS = ["file", "media", "format", "import-from", "bps", "bps_rd", "bps_wr"];
/** Refusals that are about the volume alone, which a declaration never names. */
const ABOUT_VOLUME = /^(?:explicit 'media|content type needs|unable to associate path)/;

/** Refusals that the check of a declaration alone cannot know, or that what we write does not meet. */
const LATER: readonly (readonly [RegExp, string])[] = [
  [
    /^invalid bootorder: device|^balloon value too large/,
    "refused for another key of the VM, which the plan looks at",
  ],
  [/Built-in cputype/, "which CPU models there are is for the node's QEMU to say"],
  [
    /^invalid format - format error\nnet\d+\.model: property is missing/,
    "a network device without a model gets virtio from us",
  ],
];

/** Where our checks refuse on purpose what Proxmox takes: our words, and why. */
const STRICTER: readonly (readonly [RegExp, string])[] = [
  [/a controller that is not offered/, "controllers without a virtio queue are not offered"],
  [/a burst below/, "a burst below its limit: Proxmox takes it, QEMU does not start"],
  [/the length of a burst without/, "the length of a burst without the burst, which means nothing"],
  [/a burst without/, "a burst of operations without its limit, which QEMU refuses at start"],
  [/aio native with the buffered cache/, "aio native beside a buffered cache, which QEMU refuses at start"],
  [/past which QEMU throttles nothing/, "caps beside scsiblock, which QEMU cannot keep"],
  [/out of range \(got -/, "a limit below nothing: Proxmox takes it, QEMU does not"],
  [/for which Proxmox drops the whole text/, "a gateway that makes Proxmox drop the whole text"],
  [
    /neither host nor mapping|host beside mapping/,
    "a device of none or of two sources, which Proxmox refuses later",
  ],
  [/an empty value|\(got \);/, "an empty text, of which Proxmox stores a blank"],
  [/got (?:order=)?\d+,(?:order=)?\d+\)/, "a key twice in startup, of which the last counts"],
  [/legacy-igd beside mdev/, "legacy-igd beside mdev, with which the VM does not start"],
];

/** What a declaration would say to have this text, or why it cannot say it. */
function declarationOf({ key, text }: OptionTextRow): RawDeclaredVm | Apart {
  if (key === "cdrom") return { apart: "never declared: cdrom is another name of ide2" };
  const bus = busOf(key);
  const format = bus === undefined && !isNicSlot(key) ? undefined : (driveFormat(key) ?? nicFormat);
  if (format !== undefined) {
    try {
      const keys = parseProperties(format, text);
      if (bus === undefined) return { vmid: 100, nics: { [key]: Object.fromEntries(keys) } };
      const fixed = VOLUME_KEYS.filter((name) => name !== "file" && keys.has(name));
      if (fixed.length > 0)
        return { apart: "drive keys that are never declared: media, format, bps and the like" };
      keys.delete("file");
      return { vmid: 100, drives: { [key]: Object.fromEntries(keys) } };
    } catch (error) {
      if (error instanceof PropertyStringError)
        return { apart: "a key twice or without a value, which no object can say" };
      throw error;
    }
  }
  const mistake = optionNameMistake(key);
  const rule = optionRule(key);
  if (mistake !== undefined || rule === undefined) return { apart: `never declared: ${family(key)}` };
  if (toText(rule, text) !== text) return { apart: "written in another notation than the one declared" };
  return { vmid: 100, options: { [key]: text } };
}

/** What the plan says of the text that results when nothing else is in the key. */
function wholeTextProblem({ key, text }: OptionTextRow): string | undefined {
  const format = optionRule(key)?.format;
  if (format === undefined) return undefined;
  const [conflict] = textConflicts(key, parseProperties(format, text));
  return conflict && `${conflict.wrong}; ${conflict.allowed}`;
}

function judge(row: OptionTextRow): Verdict {
  const raw = declarationOf(row);
  if ("apart" in raw) return raw;
  const error = row.error ?? "";
  if (raw.drives !== undefined && !row.ok) {
    const aboutKeys = error
      .split("\n")
      .slice(1)
      .filter((line) => !line.includes(".file: "));
    const isAboutVolume = error.includes("format error") && aboutKeys.length === 0;
    if (row.status === 500 || ABOUT_VOLUME.test(error) || isAboutVolume) {
      return { apart: "refused for the volume, which is never declared" };
    }
  }
  const problem = checkDeclared(raw)[0]?.reason ?? wholeTextProblem(row);
  if (row.ok === (problem === undefined)) return "same";
  const of = family(row.key);
  if (problem === undefined) {
    const late = LATER.find(([words]) => words.test(error))?.[1];
    if (late !== undefined) return { apart: late };
    return { class: `${of}: accepted, where Proxmox refuses it`, expected: error, got: "accepted" };
  }
  if (row.stored === null) return { apart: "taken by Proxmox, and not stored" };
  const why = STRICTER.find(([words]) => words.test(problem))?.[1];
  if (why !== undefined) return { apart: `stricter on purpose: ${why}` };
  return { class: `${of}: refused, where Proxmox takes it`, expected: { stored: row.stored }, got: problem };
}

export const ownValueChecks: Subject<OptionTextRow> = {
  file: "option-text.jsonl",
  name: "own code, value checks",
  judge,
};
