import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import type { BlockSample, BlockStatistics } from "./block-statistics.ts";
import { NotAvailable, type Step, type StepNeed } from "./step.ts";

/** What the API steps need. */
export interface ApiSource {
  readonly client: Pick<ProxmoxClient, "get" | "post">;
  readonly node: string;
  readonly vmid: number;
  readonly now: () => Date;
  /** Milliseconds between two samples of the drives' counters. */
  readonly sampleGap: number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** Longest that one request may take, in seconds. */
const longest = 15;
/** How many of the VM's tasks are kept with their logs. */
const taskLogs = 5;
/** How much of the node's log is kept. */
const syslogSeconds = 3 * 3600;
const syslogLines = 5_000;

/** Every monitor command that is ever sent: they only read. */
const monitorCommands = ["info status", "info block", "info blockstats", "info iothreads"] as const;

/** Steps that ask the VM's QEMU, one after another: its monitor serves one client at a time. */
export function qemuApiSteps(source: ApiSource): { status: Step; rest: Step[] } {
  const { client, now, sampleGap, sleep } = source;
  const path = vmPath(source);
  const current = async () => (await client.get(`${path}/status/current`)) as { blockstat?: BlockStatistics };
  const sample = async (): Promise<BlockSample> => {
    const { blockstat } = await current();
    if (blockstat === undefined) {
      throw new Error("status/current has no blockstat: the VM does not run, or its QEMU does not answer");
    }
    return { at: now().toISOString(), blockstat };
  };
  const statistics: Step = {
    name: "block statistics, twice",
    file: "api/block-statistics.json",
    need: "required",
    seconds: 2 * longest + sampleGap / 1000,
    async run() {
      const first = await sample();
      await sleep(sampleGap);
      return { samples: [first, await sample()] };
    },
  };
  const monitor = monitorCommands.map((command) => ({
    name: `monitor ${command}`,
    file: `api/monitor-${command.replace(" ", "-")}.txt`,
    need: "allowed" as const,
    seconds: longest,
    run: whereAllowed(async () => {
      const answer = await client.post(`${path}/monitor`, { command });
      if (typeof answer === "string" && answer.startsWith("ERROR:")) throw new Error(answer.trim());
      return answer;
    }),
  }));
  return {
    status: read("status", `${path}/status/current`, source, "required"),
    rest: [statistics, ...monitor],
  };
}

/** Names of the steps without which no bundle is complete, wherever it was captured. */
export const requiredSteps: readonly string[] = [
  "status",
  "block statistics, twice",
  "config",
  "pending",
  "RRD, last hour",
  "RRD, last day",
  "tasks",
  "logs of the last tasks",
];

/** Steps that ask the node; none of them disturbs another. */
export function nodeApiSteps(source: ApiSource): Step[] {
  const { node, vmid } = source;
  const vm = vmPath(source);
  const host = `/nodes/${encodeURIComponent(node)}`;
  const tasks = { vmid: String(vmid), source: "all", limit: "50" };
  return [
    read("config", `${vm}/config`, source, "required", { current: "1" }),
    read("pending", `${vm}/pending`, source, "required"),
    {
      ...read("rrd-hour", `${vm}/rrddata`, source, "required", { timeframe: "hour" }),
      name: "RRD, last hour",
    },
    { ...read("rrd-day", `${vm}/rrddata`, source, "required", { timeframe: "day" }), name: "RRD, last day" },
    read("tasks", `${host}/tasks`, source, "required", tasks),
    logsOfTasks(source, `${host}/tasks`, tasks),
    { ...read("node-status", `${host}/status`, source, "allowed"), name: "node status" },
    read("version", "/version", source, "allowed"),
    { ...read("node-time", `${host}/time`, source, "allowed"), name: "node time zone" },
    syslog(source, host),
  ];
}

function vmPath({ node, vmid }: ApiSource): string {
  return `/nodes/${encodeURIComponent(node)}/qemu/${vmid}`;
}

function read(
  name: string,
  path: string,
  { client }: ApiSource,
  need: StepNeed,
  query: Readonly<Record<string, string>> = {},
): Step {
  const run = () => client.get(path, query);
  return {
    name,
    file: `api/${name}.json`,
    need,
    seconds: longest,
    run: need === "allowed" ? whereAllowed(run) : run,
  };
}

/** A token that may not is no failure of the capture: it is said, and what would help. */
function whereAllowed<T>(work: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProxmoxError && error.status === 403) throw new NotAvailable(error.message);
      throw error;
    }
  };
}

function logsOfTasks({ client }: ApiSource, path: string, query: Readonly<Record<string, string>>): Step {
  return {
    name: "logs of the last tasks",
    file: "api/task-logs.json",
    need: "required",
    seconds: 2 * longest,
    async run() {
      const tasks = (await client.get(path, query)) as readonly { upid: string }[];
      const logs: Record<string, unknown> = {};
      for (const { upid } of tasks.slice(0, taskLogs)) {
        logs[upid] = await client.get(`${path}/${encodeURIComponent(upid)}/log`, { limit: "500" });
      }
      return logs;
    },
  };
}

/**
 * The node's log since some hours. Proxmox takes the time as the node's own clock shows it, hence by way of its zone.
 * @see GET /nodes/{node}/syslog
 */
function syslog({ client, now }: ApiSource, host: string): Step {
  return {
    name: "node log, last three hours",
    file: "api/syslog.json",
    need: "allowed",
    seconds: 2 * longest,
    run: whereAllowed(async () => {
      const clock = (await client.get(`${host}/time`)) as {
        time: number;
        localtime: number;
        timezone?: string;
      };
      const offset = clock.localtime - clock.time;
      const since = new Date(now().getTime() + (offset - syslogSeconds) * 1000);
      const text = since.toISOString().slice(0, 19).replace("T", " ");
      const lines = await client.get(`${host}/syslog`, { since: text, limit: String(syslogLines) });
      return { timezone: clock.timezone, lines };
    }),
  };
}
