import { printableLines } from "../../proxmox/printable.ts";
import type { Outcome } from "../command.ts";
import type { DrainCommands } from "./kubernetes.ts";
import type { RestartPlan } from "./plan.ts";
import { activationLine } from "./plan-text.ts";
import type { Preflight } from "./preflight.ts";
import type { RestartRequest } from "./request.ts";

/** What a restart found out and did. */
interface RestartReport {
  readonly vmid: number;
  readonly vm: string;
  readonly outcome: "nothing waits" | "dry run" | "restarted";
  readonly plan: RestartPlan;
  readonly preflight?: Preflight;
  /** Path of the saved config. */
  readonly backup?: string;
  /** What Proxmox warned of at the start. */
  readonly warnings?: readonly string[];
}

/** The report in the form that was asked for. */
export function outcome(
  { json }: Pick<RestartRequest, "json">,
  report: RestartReport,
  text: string,
): Outcome {
  // A warning may mean that what was activated is not in effect, such as an I/O thread that Proxmox ignores.
  const doubtful = report.plan.activates.length > 0 && (report.warnings ?? []).length > 0;
  const exitCode = doubtful ? 2 : 0;
  return { exitCode, text: json ? `${JSON.stringify(report, undefined, 2)}\n` : printableLines(text) };
}

/** What to run before the restart of a Kubernetes node. */
export function drainText({ drain }: DrainCommands): string {
  return `  a Kubernetes node, or a VM with another owner's disks; before:\n    ${drain}\n`;
}

/** What a restart made true. */
export function restartedText(
  label: string,
  plan: RestartPlan,
  warnings: readonly string[],
  pids: { before: number | undefined; after: number | undefined },
  commands: DrainCommands | undefined,
): string {
  const { activates } = plan;
  const made = activates.length === 0 ? "nothing had waited" : `true now:`;
  const lines = [
    `${label}: runs in a new QEMU process (${pids.after ?? "unknown"}, was ${pids.before ?? "unknown"}); ${made}`,
    ...activates.map((one) => `  ${activationLine(one)}`),
    ...[...Map.groupBy(warnings, (warning) => warning)].map(
      ([warning, { length }]) =>
        `  warning of Proxmox at the start${length > 1 ? `, ${length} times` : ""}: ${warning}`,
    ),
    ...(commands === undefined ? [] : [`once the node is ready: ${commands.uncordon}`]),
  ];
  return `${lines.join("\n")}\n`;
}
