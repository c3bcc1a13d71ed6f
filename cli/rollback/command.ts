import { VmApi } from "../../proxmox/api/vm-api.ts";
import { VmReader } from "../../proxmox/api/vm-reader.ts";
import { putBack } from "../../proxmox/converge/put-back.ts";
import { printableLines } from "../../proxmox/printable.ts";
import { changeLines } from "../../proxmox/report.ts";
import { type Command, textOf } from "../command.ts";
import { confirm } from "../confirm.ts";
import { type Backup, backupsFolder, readBackup } from "../restart/backup.ts";
import { type FleetEntry, requireFleetFile } from "../stack/fleet-file.ts";
import { type NamedVm, namedVms } from "../stack/named-vm.ts";
import { oneVm, planArguments } from "../stack/vm-arguments.ts";
import { withProxmox } from "../with-proxmox.ts";
import { type RollbackPlan, rollbackPlan } from "./plan.ts";

/** What a rollback found out and did. */
interface RollbackReport {
  readonly vmid: number;
  readonly vm: string;
  readonly outcome: "nothing differs" | "dry run" | "rolled back";
  /** Path of the saved config. */
  readonly backup: string;
  readonly savedAt: string;
  readonly changes: RollbackPlan["changes"];
  readonly contradicted: RollbackPlan["contradicted"];
}

/** Puts the owned keys of a VM back to what a restart saved. */
export const rollback: Command = {
  name: "rollback",
  description: "Put the keys that the fleet file owns back to what fleet restart has saved; stops nothing",
  operands: oneVm,
  args: {
    backup: { type: "string", valueHint: "FILE", description: "The saved config; else the VM's newest" },
    "dry-run": { type: "boolean", description: "Print what would be written, and end" },
    backups: { type: "string", valueHint: "DIR", description: `Where backups are (${backupsFolder})` },
    ...planArguments,
  },
  async run(options, surroundings, [name = ""]) {
    const { cwd } = surroundings;
    const file = requireFleetFile(cwd, textOf(options.stack));
    return withProxmox("rollback", surroundings, file.connection, async (client) => {
      const api = new VmApi(client);
      const reader = new VmReader(api);
      const [vm] = await namedVms([name], file.entries, api);
      const entry = requireEntry(name, vm, file.stackFile.path);
      const { vmid, node } = entry.location;
      const folder = textOf(options.backups) ?? backupsFolder;
      const backup = readBackup(cwd, folder, vmid, textOf(options.backup));
      const live = await reader.read(vmid, node);
      if (live === undefined) throw new Error(`${entry.label}: it is gone (got no node that has it)`);
      const plan = rollbackPlan(entry.entry, backup.saved, live.snapshot);
      requireNoProblems(entry.label, plan);
      const { changes, contradicted } = plan;
      const { savedAt } = backup.saved;
      const report = { vmid, vm: entry.label, backup: backup.path, savedAt, changes, contradicted };
      const end = (outcome: RollbackReport["outcome"], text: string) => {
        const json = `${JSON.stringify({ ...report, outcome }, undefined, 2)}\n`;
        return { exitCode: 0 as const, text: options.json ? json : printableLines(text) };
      };
      if (changes.length === 0) {
        return end("nothing differs", `${entry.label}: as in ${backup.path} already; nothing was written\n`);
      }
      const planned = planText(entry.label, backup, plan, file.stackFile.path);
      if (options["dry-run"]) return end("dry run", `${planned}dry run: nothing was written\n`);
      (options.json ? surroundings.stderr : surroundings.stdout)(printableLines(planned));
      await confirm(options, surroundings, entry.label, "write this", "nothing was written");
      if (surroundings.signal.aborted) throw new Error(`${entry.label}: interrupted; nothing was written`);
      const { written } = await putBack(api, reader, plan.former, entry.label);
      return end("rolled back", doneText(entry.label, name, written));
    });
  },
};

function requireEntry(name: string, vm: NamedVm | undefined, path: string): NamedVm & { entry: FleetEntry } {
  const entry = vm?.entry;
  if (vm !== undefined && entry !== undefined) return { ...vm, entry };
  throw new Error(
    `${name}: not in the fleet file (got no entry in ${path}); allowed is a VM that it declares, for only what is declared is put back; correct the name, or the stack with --stack NAME`,
  );
}

function requireNoProblems(label: string, { problems }: RollbackPlan): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  throw new Error(`${label}: nothing was written, because\n${lines.join("\n")}`);
}

function planText(label: string, { path, saved }: Backup, plan: RollbackPlan, fleetFile: string): string {
  const { changes, contradicted } = plan;
  const keys = contradicted.map(
    ({ key, declared, saved: then = "absent" }) => `  ${key}: declares ${declared}, saved was ${then}`,
  );
  return [
    `${label}: back to ${path} of ${saved.savedAt}, ${changes.length === 1 ? "1 change" : `${changes.length} changes`}:`,
    changeLines(changes),
    ...(keys.length === 0
      ? []
      : [
          `${fleetFile} still declares other values; change these there, or the next pulumi up writes them again:`,
          ...keys,
        ]),
    "",
  ].join("\n");
}

function doneText(label: string, name: string, written: RollbackPlan["changes"]): string {
  const cold = written.some(({ effect }) => effect !== "live");
  const waits = cold ? `; what is cold waits for fleet restart ${name}` : "";
  return `${label}: ${written.length === 1 ? "1 change" : `${written.length} changes`} written${waits}\n`;
}
