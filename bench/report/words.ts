import type { Operation, SubjectName } from "../options.ts";

/** How a subject is called in tables. */
export const subjectWords: Readonly<Record<SubjectName, string>> = {
  adopted: "this project, adopted VMs",
  created: "this project, created VMs",
  plain: "plain VmLegacy program",
  terraform: "Terraform with bpg",
  empty: "empty program",
};

/** How an operation is called in tables, with what Terraform does instead. */
export const operationWords: Readonly<Record<Operation, string>> = {
  preview: "preview without changes (plan -refresh=false)",
  refresh: "preview with refresh (plan)",
  up: "up without changes (apply)",
  cap: "up that changes one cap (apply)",
  status: "fleet status",
  create: "first up: VMs created, or adopted (apply)",
  pack: "policy pack",
  profile: "profile",
};

/** A figure with as many digits as it deserves. */
export function shown(figure: number | null): string {
  if (figure === null) return "not measured";
  if (Number.isInteger(figure)) return String(figure);
  return figure.toFixed(figure >= 100 ? 0 : 2);
}
