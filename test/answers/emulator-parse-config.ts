import { readConfigFile } from "../../emulator/config-file.ts";
import type { ParseConfigRow } from "./rows.ts";
import { compare, type Subject, type Verdict } from "./subject.ts";
import { trimmed } from "./witness.ts";

function lines(section: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(section);
}

function named(sections: ReadonlyMap<string, ReadonlyMap<string, string>>): Record<string, unknown> {
  return Object.fromEntries([...sections].map(([name, section]) => [name, lines(section)]));
}

function judge(row: ParseConfigRow): Verdict {
  const file = readConfigFile(row.lines);
  const { config, pending = {}, pendingDeletes = {}, snapshots = {}, special = {}, warnings = [] } = row;
  const deletes = [...file.pendingDelete].map(([key, force]) => [key, force ? 2 : 1] as const);
  const kept = {
    config: lines(file.current),
    pending: lines(file.pending),
    pendingDeletes: Object.fromEntries(deletes),
    snapshots: named(file.snapshots),
    special: named(file.special),
  };
  const sections = compare("what is kept", { config, pending, pendingDeletes, snapshots, special }, kept);
  return sections === "same"
    ? compare("words for what is dropped", warnings, file.warnings.map(trimmed))
    : sections;
}

export const emulatorParseConfig: Subject<ParseConfigRow> = {
  file: "parse-config.jsonl",
  name: "emulator",
  judge,
};
