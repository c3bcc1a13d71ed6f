import { type StallRule, usualRule } from "../../incident/stalls/stall-rule.ts";
import { isFinding } from "../../incident/stalls/verdict.ts";
import type { VmMonitor } from "../../incident/stalls/vm-monitor.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { type Command, type ExitCode, type Outcome, textOf } from "../command.ts";
import { type FleetFile, readFleetFile } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { wholeNumber } from "../whole-number.ts";
import { withProxmox } from "../with-proxmox.ts";
import { changesOf } from "./changes.ts";
import { type Looking, lookRound, remembered, type UnreadVm, type WatchedVm } from "./look-round.ts";
import { pause } from "./pause.ts";
import { stallReport } from "./report.ts";
import { stallTable } from "./table.ts";
import { plural } from "./verdict-text.ts";
import { watchedVms } from "./watched-vms.ts";

/** What a run of the command is about. */
interface Task extends Surroundings {
  readonly names: readonly string[];
  readonly file: FleetFile;
  readonly client: ProxmoxClient;
  readonly looking: Looking;
  /** Seconds. */
  readonly interval: number;
  readonly json: boolean;
}

/** Says which drives of running VMs have stopped completing operations. Sends GET requests only. */
export const stalls: Command = {
  name: "stalls",
  description: "Say which drives have stopped completing operations while their VM runs on",
  operands: {
    name: "VM",
    description: "a key of the fleet file, a vmid or a name in Proxmox; without any, every VM of the cluster",
    least: 0,
    most: Number.POSITIVE_INFINITY,
  },
  args: {
    json: {
      type: "boolean",
      description: "Print the report as JSON; with --watch one line of it for each change",
    },
    watch: { type: "boolean", description: "Go on until interrupted, and print what changes" },
    interval: { type: "string", valueHint: "SECONDS", default: "15", description: "Time between two looks" },
    agent: { type: "boolean", description: "Ask the guests' agents too (VM.GuestAgent.Audit)" },
    stack: stackOption("Whose Pulumi.NAME.yaml names VMs"),
  },
  run(options, surroundings, names) {
    const interval = wholeNumber("stalls", "interval", textOf(options.interval) ?? "15", betweenLooks);
    const rule = ruleFor(interval);
    const file = readFleetFile(surroundings.cwd, textOf(options.stack));
    return withProxmox("stalls", surroundings, file.connection, async (client) => {
      const looking: Looking = {
        client,
        rule,
        agent: options.agent === true,
        now: () => surroundings.now().getTime(),
        warn: (text) => surroundings.stderr(`fleet stalls: ${text}\n`),
      };
      const task: Task = {
        ...surroundings,
        names,
        file,
        client,
        looking,
        interval,
        json: options.json === true,
      };
      return options.watch === true ? watch(task) : once(task);
    });
  },
};

/** The time between two looks. */
export const betweenLooks = { least: 1, most: 3600, unit: "seconds" } as const;

/** Looks that lie further apart than usual are no gap. */
export function ruleFor(interval: number): StallRule {
  return { ...usualRule, gap: Math.max(usualRule.gap, 3 * interval) };
}

async function once(task: Task): Promise<Outcome> {
  const { client, looking, file, names, interval, json, colour, stderr } = task;
  const vms = await watchedVms(names, file.entries, new VmApi(client));
  stderr(`fleet stalls: looks at ${plural(vms.length, "VM")} twice, ${plural(interval, "second")} apart\n`);
  const first = await lookRound(vms, new Map(), looking);
  await pause(interval, task);
  const second = await lookRound(vms, remembered(new Map(), first.watched, first.unread), looking);
  const at = looking.now();
  const text = json
    ? `${JSON.stringify(stallReport(client.endpoint, at, looking.rule, second.watched, second.unread), undefined, 2)}\n`
    : stallTable(client.endpoint, at, second.watched, second.unread, colour);
  return { text, exitCode: exitCodeOf(second.watched, second.unread) };
}

/** What could not be read could be stalled; what is stalled is known. */
function exitCodeOf(watched: readonly WatchedVm[], unread: readonly UnreadVm[]): ExitCode {
  if (watched.some(({ verdict }) => isFinding(verdict))) return 2;
  return unread.length > 0 ? 1 : 0;
}

async function watch(task: Task): Promise<Outcome> {
  const { client, looking, file, names, interval, json, stdout, stderr, signal } = task;
  const api = new VmApi(client);
  let monitors: ReadonlyMap<number, VmMonitor> = new Map();
  let last: ReadonlyMap<number, WatchedVm> = new Map();
  for (let round = 1; !signal.aborted; round++) {
    try {
      const vms = await watchedVms(names, file.entries, api);
      if (round === 1)
        stderr(`fleet stalls: watches ${plural(vms.length, "VM")}, every ${plural(interval, "second")}\n`);
      const { watched, unread } = await lookRound(vms, monitors, looking);
      for (const { vm, reason } of unread) stderr(`fleet stalls: ${vm.label}: ${reason}\n`);
      for (const change of watched.flatMap((one) => changesOf(last.get(one.vm.location.vmid), one))) {
        stdout(`${json ? JSON.stringify(change) : change.text}\n`);
      }
      monitors = remembered(monitors, watched, unread);
      last = new Map(watched.map((one) => [one.vm.location.vmid, one]));
    } catch (error) {
      // What cannot be done at all is said at once; what was once possible may be so again.
      if (round === 1) throw error;
      stderr(`fleet stalls: ${(error as Error).message}\n`);
    }
    await pause(interval, task);
  }
  return { text: "", exitCode: exitCodeOf([...last.values()], []) };
}
