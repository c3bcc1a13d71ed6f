import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, type Options, type Outcome, textOf } from "../command.ts";
import { replaceFile } from "../files/replace-file.ts";
import { unifiedDiff } from "../files/unified-diff.ts";
import { type FleetFile, readFleetFile, usualStack } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { withProxmox } from "../with-proxmox.ts";
import { adoptionsOf } from "./adoption.ts";
import { type Proof, proveAdoption } from "./proof.ts";
import { readVms } from "./read-vms.ts";
import type { AdoptReport } from "./report.ts";
import { withEntries } from "./stack-text.ts";
import { planText, resultText } from "./text.ts";

/** Declares VMs that exist, as they are, and proves that nothing is written for it. */
export const adopt: Command = {
  name: "adopt",
  description: "Write entries for VMs that exist into the stack file, and prove that no VM changes by it",
  operands: {
    name: "VM",
    description: "a vmid, or a name in Proxmox, of a VM that no entry declares yet",
    least: 0,
    most: Infinity,
  },
  args: {
    all: { type: "boolean", description: "Every VM that is not declared yet and no template" },
    stack: stackOption("Whose Pulumi.NAME.yaml gets the entries"),
    yes: { type: "boolean", description: "Do not ask before writing the file, nor before pulumi up" },
    prove: {
      type: "boolean",
      default: true,
      description: "Run pulumi preview, and pulumi up with writing switched off, on the adopted VMs",
      negativeDescription: "Only write the file",
    },
    json: { type: "boolean", description: "Print the report as JSON" },
  },
  async run(options, surroundings, names) {
    requireChoice(options, names);
    const stack = textOf(options.stack) ?? usualStack;
    const { text, file } = readStack(surroundings.cwd, stack);
    const report = await planned(text, file, names, surroundings);
    if (report.adopted.length === 0) return outcome(report, options, surroundings, 0);

    const show = options.json ? surroundings.stderr : surroundings.stdout;
    if (!options.json || !options.yes) show(`${planText(report, surroundings.colour)}\n`);
    const may = confirmation(options, surroundings);
    if (!(await may(`Write these entries into ${report.stackFile}?`))) {
      return outcome(report, options, surroundings, 1);
    }
    const { stackFile } = report;
    replaceFile(join(surroundings.cwd, stackFile), text, extended(text, report), stackFile);
    const done = { ...report, written: true };
    if (options.prove === false) return outcome(done, options, surroundings, 0);
    const proof = await proofOf(done, stack, may, surroundings);
    return outcome({ ...done, proof }, options, surroundings, proof.proved ? 0 : 1);
  },
};

function requireChoice({ all }: Options, names: readonly string[]): void {
  if ((all === true) === names.length > 0) {
    throw new Error(
      `fleet adopt: does not know which VMs (got ${all ? "--all and names" : "neither names nor --all"}); allowed is one of them; name VMs: fleet adopt VM..., or give --all`,
    );
  }
}

function readStack(folder: string, stack: string): { text: string; file: FleetFile } {
  const path = `Pulumi.${stack}.yaml`;
  let text: string;
  try {
    text = readFileSync(join(folder, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(
      `${path}: there is no such stack file (got no file); allowed is the file of a stack in this folder; run pulumi stack init ${stack}, or name another with --stack`,
    );
  }
  return { text, file: readFleetFile(folder, stack) };
}

async function planned(
  text: string,
  { stackFile, fleet, entries, connection }: FleetFile,
  names: readonly string[],
  surroundings: Surroundings,
): Promise<AdoptReport> {
  const progress = (doing: string) => surroundings.stderr(`fleet adopt: ${doing}\n`);
  return withProxmox("adopt", surroundings, connection, async (client) => {
    const { vms, templates } = await readVms(client, names, entries, progress);
    const adopted = adoptionsOf(vms, Object.keys(fleet.vms), fleet.node);
    const report = { stackFile: stackFile.path, source: client.endpoint, adopted, templates };
    const diff = unifiedDiff(report.stackFile, text, extended(text, report));
    return { ...report, diff, written: false };
  });
}

function extended(text: string, { adopted, stackFile }: Pick<AdoptReport, "adopted" | "stackFile">): string {
  return adopted.length === 0 ? text : withEntries(text, adopted, stackFile);
}

type Confirm = (question: string) => Promise<boolean>;

function confirmation({ yes }: Options, { ask, stderr }: Surroundings): Confirm {
  if (yes === true) return async () => true;
  if (ask !== undefined) return ask;
  return async (question) => {
    stderr(`fleet adopt: nobody to ask (got no terminal): ${question} Give --yes to confirm\n`);
    return false;
  };
}

/** The proof; a run that could not even begin is one that did not prove anything. */
async function proofOf(
  { adopted, stackFile }: AdoptReport,
  stack: string,
  may: Confirm,
  surroundings: Surroundings,
): Promise<Proof> {
  const steps = {
    stack,
    keys: adopted.map(({ key }) => key),
    progress: (doing: string) => surroundings.stderr(`fleet adopt: ${doing}\n`),
    mayApply: () =>
      may(`Run pulumi up for the VMs that are new in ${stackFile}, with writing to Proxmox switched off?`),
  };
  try {
    return await proveAdoption(steps, surroundings);
  } catch (error) {
    return { proved: false, vms: [], problem: (error as Error).message };
  }
}

function outcome(report: AdoptReport, { json }: Options, { colour }: Surroundings, exitCode: 0 | 1): Outcome {
  if (json) return { exitCode, text: `${JSON.stringify(report, undefined, 2)}\n` };
  return { exitCode, text: resultText(report, colour) };
}
