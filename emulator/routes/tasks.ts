import { hasAny, requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { Listing } from "../endpoint.ts";
import { bool, integer, oneOf, text } from "../rule.ts";
import type { Task } from "../tasks.ts";
import { splitList } from "../text-formats.ts";

function status(task: Task): Record<string, string | number> {
  const [user = "", token] = task.user.split("!");
  return {
    upid: task.upid,
    node: task.node,
    pid: task.pid,
    pstart: task.pstart,
    starttime: task.starttime,
    type: task.type,
    id: task.id,
    user,
    ...(token === undefined ? {} : { tokenid: token }),
    status: task.exitstatus === undefined ? "running" : "stopped",
    ...(task.exitstatus === undefined ? {} : { exitstatus: task.exitstatus }),
  };
}

function listed(task: Task): Record<string, string | number> {
  const { status: _status, exitstatus: _exit, ...fields } = status(task);
  return {
    ...fields,
    ...(task.endtime === undefined ? {} : { endtime: task.endtime }),
    status: task.exitstatus ?? "RUNNING",
  };
}

/** A token sees its own tasks, a user those of his tokens as well. */
function isOwn({ caller }: Call, task: Task): boolean {
  return task.user === caller.user || (!caller.isToken && task.user.startsWith(`${caller.user}!`));
}

/** A caller's own task, or anybody's with a privilege on its node. */
function taskFor(call: Call, privilege: string): Task {
  const task = call.estate.tasks.find(call.path("upid"));
  if (!isOwn(call, task)) requireAny(call.caller, `/nodes/${task.node}`, [privilege]);
  return task;
}

/** How Proxmox sorts the words that tasks end with. */
function outcomeOf(task: Task): string {
  if (task.exitstatus === undefined) return "unknown";
  if (task.exitstatus === "OK") return "ok";
  return task.exitstatus.startsWith("WARNINGS: ") ? "warning" : "error";
}

function isAsked(call: Call, task: Task): boolean {
  const { params } = call;
  const user = params.get("userfilter")?.toLowerCase() ?? "";
  const errors = params.get("errors") === "1";
  const outcomes = errors ? ["warning", "error", "unknown"] : splitList(params.get("statusfilter") ?? "");
  return (
    task.node === call.path("node") &&
    task.user.toLowerCase().includes(user) &&
    (params.get("vmid") ?? task.id) === task.id &&
    (params.get("typefilter") ?? task.type) === task.type &&
    task.starttime >= Number(params.get("since") ?? Number.NEGATIVE_INFINITY) &&
    task.starttime <= Number(params.get("until") ?? Number.POSITIVE_INFINITY) &&
    (outcomes.length === 0 || outcomes.some((outcome) => outcome.toLowerCase() === outcomeOf(task)))
  );
}

function list(call: Call): Listing {
  const { estate, caller, path, params } = call;
  const source = params.get("source") ?? "archive";
  const auditor = hasAny(caller, `/nodes/${path("node")}`, ["Sys.Audit"]);
  const wanted = [...estate.tasks.all.values()].filter((task) => {
    const active = task.exitstatus === undefined;
    if (source !== "all" && active !== (source === "active")) return false;
    return (auditor || isOwn(call, task)) && isAsked(call, task);
  });
  const start = Number(params.get("start") ?? 0);
  const rows = wanted.reverse().slice(start, start + Number(params.get("limit") ?? 50));
  return new Listing(rows.map(listed), wanted.length);
}

const TASK = "/nodes/{node}/tasks/{upid}";

/** Tasks (pve-manager, API2/Tasks.pm and, of the whole cluster, API2/Cluster.pm). */
export const TASKS: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/cluster/tasks",
    run: (call) => {
      const { estate, caller } = call;
      const all = hasAny(caller, "/", ["Sys.Audit"]);
      // Not even a token sees its own: the list compares the user without the token's name.
      const own = (task: Task) => task.user.split("!")[0] === caller.user;
      return [...estate.tasks.all.values()]
        .filter((task) => all || own(task))
        .reverse()
        .map((task) => {
          const { status: end, ...row } = listed(task);
          return { ...row, ...(task.exitstatus === undefined ? {} : { status: end }) };
        });
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/tasks",
    params: {
      source: oneOf("archive", "active", "all"),
      vmid: integer(100),
      typefilter: text,
      limit: integer(0),
      start: integer(0),
      errors: bool,
      since: integer(),
      until: integer(),
      userfilter: text,
      statusfilter: text,
    },
    run: list,
  },
  {
    method: "DELETE",
    path: TASK,
    run: (call) => {
      call.estate.tasks.stop(taskFor(call, "Sys.Modify"));
      return null;
    },
  },
  {
    method: "GET",
    path: `${TASK}/status`,
    run: (call) => status(taskFor(call, "Sys.Audit")),
  },
  {
    method: "GET",
    path: `${TASK}/log`,
    params: { start: integer(0), limit: integer(0), download: bool },
    run: (call) => {
      const { params } = call;
      const { log } = taskFor(call, "Sys.Audit");
      const start = Number(params.get("start") ?? 0);
      const lines = log.map((line, index) => ({ n: index + 1, t: line }));
      return new Listing(lines.slice(start, start + Number(params.get("limit") ?? 50)), lines.length);
    },
  },
];
