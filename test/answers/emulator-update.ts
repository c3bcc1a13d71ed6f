import type { UpdateRow } from "./rows.ts";
import { compare, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

async function judge(row: UpdateRow): Promise<Verdict> {
  const { kind, config, running, pending = {}, pendingDeletes = {} } = row;
  const witness = new Witness({ config, running, pending, pendingDeletes });
  const { status, error, errors } = await witness.put(row.request);
  const refused = { status: row.status, error: row.error, errors: row.errors };
  const answer = compare(`${kind}: status or words`, refused, { status, error, errors });
  if (answer !== "same") return answer;
  const after = { config, pending: {}, pendingDeletes: {}, ...row.after };
  return compare(`${kind}: the VM afterwards`, after, await witness.view());
}

export const emulatorUpdate: Subject<UpdateRow> = { file: "update.jsonl", name: "emulator", judge };
