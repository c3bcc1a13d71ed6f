import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { rules } from "../../policy/rules.ts";
import { type Command, type ExitCode, type Options, textOf } from "../command.ts";
import { connectionIn, usualStack } from "../stack/fleet-file.ts";
import { readStackFile, requireStackFile, type StackFile } from "../stack/stack-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { withProxmox } from "../with-proxmox.ts";
import type { AuditedVms } from "./audited-vms.ts";
import { readNode } from "./read-node.ts";
import { readState } from "./read-state.ts";
import { type AuditReport, auditReport } from "./report.ts";
import { documentationBase, sarifLog } from "./sarif.ts";
import { readStandard } from "./standard.ts";
import { auditTable } from "./table.ts";

const checkout = resolve(import.meta.dirname, "../..");

/** Judges every VM of the cluster, or of a state file, by the rules of the policy pack. Writes nothing. */
export const audit: Command = {
  name: "audit",
  description: "Judge every VM of the cluster, declared or not, by the rules of the policy pack",
  args: {
    policy: { type: "boolean", description: "What to audit: the rules of policy/. Required." },
    json: { type: "boolean", description: "Print the report as JSON" },
    sarif: { type: "boolean", description: "Print the report as SARIF 2.1.0, for code hosts" },
    state: {
      type: "string",
      valueHint: "FILE",
      description: "Judge what pulumi stack export --file FILE wrote, and not the cluster",
    },
    stack: stackOption("Whose Pulumi.NAME.yaml says where each VM is declared"),
    settings: {
      type: "string",
      valueHint: "FILE",
      description: "Levels and bounds, in place of policy/settings.yaml",
    },
    exemptions: {
      type: "boolean",
      default: true,
      description: "Let policy/exemptions.yaml hold",
      negativeDescription: "Judge without any exemption",
    },
  },
  async run(options, surroundings) {
    requireForm(options);
    const { cwd, env, now } = surroundings;
    const standard = readStandard(textOf(options.settings), cwd, options.exemptions !== false, env);
    const stack = textOf(options.stack);
    const stackFile = stack === undefined ? readStackFile(cwd, usualStack) : requireStackFile(cwd, stack);
    const audited = await readVms(textOf(options.state), stackFile, surroundings);
    const report = auditReport(audited, standard, now(), stackFile);
    return { text: rendered(report, options, surroundings), exitCode: exitCodeOf(report) };
  },
};

function requireForm({ policy, json, sarif }: Options): void {
  if (policy !== true) {
    throw new Error(
      "fleet audit: does not know what to audit (got no --policy); allowed is --policy; add it",
    );
  }
  if (json && sarif) {
    throw new Error(
      "fleet audit: two forms of one report (got --json and --sarif); allowed is one of them; leave one out",
    );
  }
}

async function readVms(
  state: string | undefined,
  stackFile: StackFile,
  surroundings: Surroundings,
): Promise<AuditedVms> {
  if (state !== undefined) return readState(state, surroundings.cwd);
  const keyOf = (vmid: number) => stackFile.declarations.find((one) => one.vmid === vmid)?.name;
  return withProxmox("audit", surroundings, connectionIn(stackFile), (client) =>
    readNode(client, keyOf, (doing) => surroundings.stderr(`fleet audit: ${doing}\n`)),
  );
}

function rendered(report: AuditReport, { json, sarif }: Options, { env, colour }: Surroundings): string {
  if (json) return `${JSON.stringify(report, undefined, 2)}\n`;
  if (!sarif) return auditTable(report, rules, colour);
  const { version } = packageJson;
  const documentation = documentationBase(env, checkout);
  return `${JSON.stringify(sarifLog(report, rules, { version, documentation }), undefined, 2)}\n`;
}

/** Advice is shown and fails nothing, as in a preview. */
function exitCodeOf({ summary }: AuditReport): ExitCode {
  if (summary.unread > 0) return 1;
  return summary.mandatory > 0 ? 2 : 0;
}
