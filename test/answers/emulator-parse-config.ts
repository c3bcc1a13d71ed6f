import type { ParseConfigRow } from "./rows.ts";
import { compare, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

/** The emulator reads no config file yet: each line of the first section is a line of its seed. */
async function judge(row: ParseConfigRow): Promise<Verdict> {
  const end = row.lines.indexOf("");
  const lines = (end < 0 ? row.lines : row.lines.slice(0, end)).map((line) => /^(.*?):\s*(.*)$/.exec(line));
  const config = Object.fromEntries(lines.map((line) => [line?.[1] ?? "", line?.[2] ?? ""]));
  return compare("current section", row.config, (await new Witness({ config }).view()).config);
}

export const emulatorParseConfig: Subject<ParseConfigRow> = {
  file: "parse-config.jsonl",
  name: "emulator",
  judge,
};
