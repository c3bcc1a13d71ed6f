import { canonicalDrive } from "../../proxmox/drive-canonical.ts";
import { slotKind } from "../../proxmox/drive-slots.ts";
import type { OptionTextRow } from "./rows.ts";
import { compare, type Subject, type Verdict } from "./subject.ts";
import { trimmed } from "./witness.ts";

/** Refusals that come only after the text was read, when the storage is asked or the key is written. */
const LATE = /^(?:explicit 'media|content type needs|unable to associate path)/;

function sorted(error: string): string {
  const [first = "", ...lines] = trimmed(error).split("\n");
  return [first, ...lines.sort()].join("\n");
}

function judge(row: OptionTextRow): Verdict {
  const kind = slotKind(row.key);
  if (kind === undefined) return undefined;
  const answer = canonicalDrive(row.key, row.text);
  const got = "error" in answer ? { error: sorted(answer.error) } : { output: answer.output };
  if (row.ok) {
    if (row.stored === null && row.printed === undefined) {
      return { apart: "Proxmox takes it, stores nothing and says no canonical text" };
    }
    return compare(`${kind}N: canonical text`, { output: row.printed ?? row.stored }, got);
  }
  if (row.status === 500 || LATE.test(row.error ?? "")) {
    return { apart: "refused for the volume, of which the text alone says nothing" };
  }
  return compare(`${kind}N: refusal`, { error: row.error }, got);
}

export const ownCanonicalDrive: Subject<OptionTextRow> = {
  file: "option-text.jsonl",
  name: "own code, canonical drive",
  judge,
};
