import { GuestAgent } from "../../proxmox/api/guest-agent.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { VmReader } from "../../proxmox/api/vm-reader.ts";
import { formatOf } from "../../proxmox/config-key.ts";
import { parseBoolean } from "../../proxmox/meaning.ts";
import { printable, printableLines } from "../../proxmox/printable.ts";
import { parseProperties } from "../../proxmox/property-string.ts";
import type { Command, Outcome } from "../command.ts";
import { confirm } from "../confirm.ts";
import { requireFleetFile } from "../stack/fleet-file.ts";
import { type NamedVm, namedVms } from "../stack/named-vm.ts";
import { oneVm, planArguments } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { withProxmox } from "../with-proxmox.ts";
import { backupsFolder, saveBackup, savedConfigOf } from "./backup.ts";
import { startCold } from "./cold-start.ts";
import { gatherEvidence } from "./guest-evidence.ts";
import { Interruption, interruptible, requireGoingOn } from "./interruption.ts";
import { type DrainCommands, drainCommands } from "./kubernetes.ts";
import { type RestartPlan, restartPlan } from "./plan.ts";
import { activationLine, planText } from "./plan-text.ts";
import { judgePreflight, type Preflight } from "./preflight.ts";
import { drainText, outcome, restartedText } from "./report.ts";
import { type RestartRequest, requestFrom, usualTimeout } from "./request.ts";
import { readRestartable } from "./restartable.ts";

/** What a part of the command needs of the whole. */
interface Session {
  readonly request: RestartRequest;
  readonly surroundings: Surroundings;
  readonly api: VmApi;
  readonly reader: VmReader;
  readonly vm: NamedVm;
  readonly agent: GuestAgent;
}

/** Stops one VM and starts it again, so that what waits becomes true. Never runs by itself. */
export const restart: Command = {
  name: "restart",
  description: "Stop a VM and start it again, which makes what waits true; says first what that is",
  operands: oneVm,
  args: {
    "dry-run": { type: "boolean", description: "Print the plan, look into the guest, and end" },
    force: { type: "boolean", description: "Restart although nothing waits" },
    timeout: {
      type: "string",
      valueHint: "SECONDS",
      description: `How long the guest may take to shut down (${usualTimeout})`,
    },
    hard: {
      type: "boolean",
      description: "End the VM at once, like pulling the plug: what it has not written is lost",
    },
    "skip-preflight": {
      type: "boolean",
      description: "Change the controller although the guest was not found ready for it",
    },
    drained: { type: "boolean", description: "The Kubernetes node is drained already" },
    backups: {
      type: "string",
      valueHint: "DIR",
      description: `Where the config is saved before (${backupsFolder})`,
    },
    ...planArguments,
  },
  async run(options, given, [name = ""]) {
    const request = requestFrom(options);
    const file = requireFleetFile(given.cwd, request.stack);
    const surroundings = { ...given, patience: interruptible(given.patience, given.signal) };
    return withProxmox("restart", surroundings, file.connection, async (client) => {
      const api = new VmApi(client);
      const [vm] = await namedVms([name], file.entries, api);
      if (vm === undefined) throw new Error(`${name}: no such VM; this is a fault of this program`);
      const { node, vmid } = vm.location;
      const agent = new GuestAgent(client, node, vmid);
      return restartVm({ request, surroundings, api, reader: new VmReader(api), vm, agent }).catch(
        (error) => {
          if (error instanceof Interruption) throw new Error(`${vm.label}: interrupted; nothing was stopped`);
          throw error;
        },
      );
    });
  },
};

async function restartVm(session: Session): Promise<Outcome> {
  const { request, surroundings, api, reader, vm, agent } = session;
  const { vmid } = vm.location;
  const { live } = await readRestartable(api, reader, vm);
  const plan = restartPlan(vm.entry, vmid, live.snapshot);
  const report = { vmid, vm: vm.label, plan };
  if (plan.activates.length === 0 && !request.force) {
    const text = `${vm.label}: nothing waits; nothing was done; --force restarts it all the same\n`;
    return outcome(request, { ...report, outcome: "nothing waits" }, text);
  }
  const hasAgent = agentIsOn(live.snapshot.current.agent);
  const preflight = await preflightOf(plan, hasAgent ? agent : undefined);
  const planned = planText(vm.label, plan, preflight);
  const commands = plan.kubernetes
    ? await drainCommands(hasAgent ? agent : undefined, live.snapshot.current.name ?? `vm${vmid}`)
    : undefined;
  const said = printableLines(commands === undefined ? planned : `${planned}${drainText(commands)}`);
  const looked = { ...report, ...(preflight !== undefined && { preflight }) };
  if (request.dryRun) {
    const text = `${said}${refusalOf(session, plan, preflight) ?? "dry run: nothing was done"}\n`;
    return outcome(request, { ...looked, outcome: "dry run" }, text);
  }
  (request.json ? surroundings.stderr : surroundings.stdout)(said);
  const refusal = refusalOf(session, plan, preflight);
  if (refusal !== undefined) throw new Error(refusal);
  await consent(session, commands);
  const work = await undertake(session, plan);
  const { warnings, before, after } = work.started;
  const text = restartedText(vm.label, plan, warnings, { before: before.pid, after: after.pid }, commands);
  const done = { ...looked, outcome: "restarted" as const, backup: work.backup, warnings };
  return outcome(request, done, text);
}

/** Looks into the guest where that is needed, or where it costs nothing to ask. */
async function preflightOf(plan: RestartPlan, agent: GuestAgent | undefined): Promise<Preflight | undefined> {
  if (agent !== undefined) return judgePreflight(await gatherEvidence(agent));
  if (plan.controller?.needsPreflight !== true) return undefined;
  return { verdict: "impossible", reason: "the VM's config has no guest agent (agent: 1)" };
}

/** Why a controller must not be changed; undefined when it may. */
function refusalOf({ vm, request }: Session, plan: RestartPlan, preflight?: Preflight): string | undefined {
  const { controller } = plan;
  if (controller === undefined || !controller.needsPreflight || request.skipPreflight) return undefined;
  const known = controller.to.startsWith("virtio-scsi-");
  if (known && preflight?.verdict === "passed") return undefined;
  const got = known
    ? `the pre-flight ${preflight?.verdict === "failed" ? "failed" : "could not run"}`
    : `the pre-flight knows virtio-scsi alone, not ${controller.to}`;
  return `${vm.label}: the guest may not find its disks on another controller (${got}); allowed is a change that the pre-flight passes; correct what it names and run again, or say --skip-preflight if you know that the guest comes up; nothing was done`;
}

function agentIsOn(text: string | undefined): boolean {
  const format = formatOf("agent");
  if (text === undefined || format === undefined) return false;
  return parseBoolean(parseProperties(format, text).get("enabled") ?? "0") === true;
}

/** A yes for the drained node, and one for the restart. */
async function consent(session: Session, commands: DrainCommands | undefined): Promise<void> {
  const { request, surroundings, vm } = session;
  const { ask } = surroundings;
  if (commands !== undefined && !request.drained) {
    if (ask === undefined) {
      throw new Error(
        `${vm.label}: it must be drained first (got no --drained); allowed is a drained node; run ${commands.drain}, then this again with --drained; nothing was done`,
      );
    }
    if (!(await ask(printable(`${vm.label}: is it drained?`))))
      throw new Error(`${vm.label}: not drained; nothing was done`);
  }
  const question = request.hard
    ? "end it hard, like pulling the plug, and start it"
    : "shut it down and start it";
  await confirm(request, surroundings, vm.label, question, "nothing was done");
}

/** The restart itself, of exactly what was shown. */
async function undertake(session: Session, plan: RestartPlan) {
  const { request, surroundings, api, reader, vm } = session;
  const { cwd, now, signal, stderr } = surroundings;
  const { vmid } = vm.location;
  requireGoingOn(signal);
  const { live } = await readRestartable(api, reader, vm);
  requireSame(vm.label, plan, restartPlan(vm.entry, vmid, live.snapshot));
  const backup = saveBackup(cwd, request.backups, savedConfigOf(vmid, live, now()));
  const progress = (doing: string) => stderr(printableLines(`fleet restart: ${vm.label}: ${doing}\n`));
  progress(`its config is saved in ${backup.path}`);
  const located = { ...vm, location: { ...vm.location, node: live.node } };
  const { timeout, hard } = request;
  const started = await startCold({
    api,
    reader,
    vm: located,
    plan,
    confirmed: live.snapshot,
    ask: request.yes ? undefined : surroundings.ask,
    backup,
    timeout,
    hard,
    signal,
    progress,
  });
  return { started, backup: backup.path };
}

function requireSame(label: string, shown: RestartPlan, found: RestartPlan): void {
  if (JSON.stringify(shown.activates) === JSON.stringify(found.activates)) return;
  const now = found.activates.map(activationLine).join(", ") || "nothing waits";
  throw new Error(
    `${label}: what waits changed since it was shown (got ${now}); allowed is the plan that was confirmed; run again; nothing was done`,
  );
}
