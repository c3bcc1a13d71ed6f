import { knownReason } from "./known-differences.ts";
import type { AnySubject, Difference, Subject } from "./subject.ts";

/** The differences of one class, with the first row that has it. */
interface DifferenceClass {
  readonly class: string;
  readonly reason: string | undefined;
  count: number;
  readonly example: { readonly row: unknown; readonly expected: unknown; readonly got: unknown };
}

/** How one subject's answers compare with those of one file. */
export interface Tally {
  readonly file: string;
  readonly subject: string;
  readonly cases: number;
  readonly differences: number;
  /** Rows kept out of the figure, by reason. */
  readonly apart: ReadonlyMap<string, number>;
  /** Most frequent first. */
  readonly classes: readonly DifferenceClass[];
}

function note(
  classes: Map<string, DifferenceClass>,
  subject: AnySubject,
  row: unknown,
  found: Difference,
): void {
  const known = classes.get(found.class);
  if (known !== undefined) {
    known.count += 1;
    return;
  }
  const { expected, got } = found;
  const reason = knownReason(subject.file, subject.name, found.class);
  classes.set(found.class, { class: found.class, reason, count: 1, example: { row, expected, got } });
}

/** Puts every row to the subject. */
export async function tally(subject: AnySubject, rows: readonly unknown[]): Promise<Tally> {
  const { judge } = subject as unknown as Subject<unknown>;
  const classes = new Map<string, DifferenceClass>();
  const apart = new Map<string, number>();
  let cases = 0;
  let differences = 0;
  for (const row of rows) {
    const verdict = await judge(row);
    if (verdict === undefined) continue;
    if (verdict !== "same" && "apart" in verdict) {
      apart.set(verdict.apart, (apart.get(verdict.apart) ?? 0) + 1);
      continue;
    }
    cases += 1;
    if (verdict === "same") continue;
    differences += 1;
    note(classes, subject, row, verdict);
  }
  return {
    file: subject.file,
    subject: subject.name,
    cases,
    differences,
    apart,
    classes: [...classes.values()].sort((left, right) => right.count - left.count),
  };
}

/** The share of rows with Proxmox's own answer, in percent. */
export function percentage({ cases, differences }: Pick<Tally, "cases" | "differences">): number {
  return cases === 0 ? 100 : (100 * (cases - differences)) / cases;
}
