import type { UpdateRow } from "./rows.ts";
import { changesBetween, compare, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

async function judge(row: UpdateRow): Promise<Verdict> {
  const { kind, config, running, pending = {}, pendingDeletes = {} } = row;
  const witness = new Witness({ config, running, pending, pendingDeletes });
  const { status, error, errors: texts } = await witness.put(row.request);
  const refused = { status: row.status, error: row.error, errors: row.errors };
  const answer = compare(`${kind}: status or words`, refused, { status, error, errors: texts });
  if (answer !== "same") return answer;
  const after = { config, pending: {}, pendingDeletes: {}, ...row.after };
  const view = await witness.view();
  const stored = compare(`${kind}: the VM afterwards`, after, view);
  if (stored !== "same") return stored;
  // What waits on a stopped VM, after a request that was refused, was not applied when the answers were taken.
  if (!running) return "same";
  const errors = witness.applyRest();
  const { config: applied, ...rest } = await witness.view();
  return compare(
    `${kind}: after the next stop or start`,
    { errors: {}, changed: row.coldStart?.changed ?? {}, pending: {}, pendingDeletes: {} },
    { errors, changed: changesBetween(view.config, applied), ...rest },
  );
}

export const emulatorUpdate: Subject<UpdateRow> = { file: "update.jsonl", name: "emulator", judge };
