import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { faultKinds } from "./kinds.ts";
import type { Round } from "./matrix.ts";
import { operations } from "./operations.ts";
import { saidIn } from "./truth.ts";

export const reliabilityFile = resolve(import.meta.dirname, "../../docs/reliability.md");
const begin = "<!-- faults:begin -->";
const end = "<!-- faults:end -->";

/** What an error says of the writes of its operation, in two words. */
function extent({ error = "", operation }: Round): string {
  if (operation.name === "read") return "nothing to write";
  const { written, missing, doubtful } = saidIn(error);
  if (doubtful.size > 0) return "last write in doubt";
  if (written.size === 0) return "nothing written";
  return missing.size === 0 ? "all written" : "written in part";
}

function cell(rounds: readonly Round[]): string {
  const failed = rounds.filter(({ error }) => error !== undefined);
  const gone = rounds.filter(({ error, outputs }) => error === undefined && outputs === undefined);
  if (rounds.length === 0) return "does not occur";
  if (gone.length > 0) return "found to be gone";
  if (failed.length === 0) return "done";
  const extents = Map.groupBy(failed, extent);
  const counts = [...extents].map(([text, { length }]) => `${text} ${length}`).toSorted();
  const said = extents.has("nothing to write") ? "" : `: ${counts.join(", ")}`;
  return `error at ${failed.length} of ${rounds.length}${said}`;
}

function nextCell(rounds: readonly Round[]): string {
  return rounds.every(({ nextError }) => nextError === undefined)
    ? "converges"
    : "says that no node has the VM";
}

/** The table of faults by operation, from a run of the matrix. */
export function faultTable(rounds: readonly Round[]): string {
  const rows = faultKinds.map((fault) => {
    const ofFault = rounds.filter((round) => round.fault === fault);
    const cells = operations.map((operation) =>
      cell(ofFault.filter((round) => round.operation === operation)),
    );
    return `| ${[fault.name, ...cells, nextCell(ofFault)].join(" | ")} |`;
  });
  return [
    `| Fault | ${operations.map(({ name }) => name).join(" | ")} | next \`up\` |`,
    `|${"---|".repeat(operations.length + 2)}`,
    ...rows,
    "",
    `${rounds.length} rounds.`,
  ].join("\n");
}

/** The table as the document has it. */
export function documentedTable(text = readFileSync(reliabilityFile, "utf8")): string {
  return text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trim();
}

/** The document with another table. */
export function withTable(text: string, table: string): string {
  const before = text.slice(0, text.indexOf(begin) + begin.length);
  return `${before}\n${table}\n${text.slice(text.indexOf(end))}`;
}
