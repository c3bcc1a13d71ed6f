import { requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { Listing } from "../endpoint.ts";
import { bool, integer, oneOf, text } from "../rule.ts";
import type { Task } from "../tasks.ts";

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

/** A caller's own task, or anybody's where the node may be audited. */
function visibleTask({ estate, caller, path }: Call): Task {
  const task = estate.tasks.find(path("upid"));
  if (task.user !== caller.user) requireAny(caller, `/nodes/${task.node}`, ["Sys.Audit"]);
  return task;
}

export const TASKS: readonly Endpoint[] = [
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
    run: ({ estate, path, params }) => {
      const source = params.get("source") ?? "archive";
      const wanted = [...estate.tasks.all.values()].filter((task) => {
        const active = task.exitstatus === undefined;
        if (task.node !== path("node")) return false;
        if (source !== "all" && active !== (source === "active")) return false;
        if (params.has("vmid") && task.id !== params.get("vmid")) return false;
        if (params.get("errors") === "1" && task.exitstatus === "OK") return false;
        return !params.has("typefilter") || task.type === params.get("typefilter");
      });
      const start = Number(params.get("start") ?? 0);
      const rows = wanted.reverse().slice(start, start + Number(params.get("limit") ?? 50));
      return new Listing(rows.map(listed), wanted.length);
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/status",
    run: (call) => status(visibleTask(call)),
  },
  {
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/log",
    params: { start: integer(0), limit: integer(0), download: bool },
    run: (call) => {
      const { params } = call;
      const { log } = visibleTask(call);
      const start = Number(params.get("start") ?? 0);
      const lines = log.map((line, index) => ({ n: index + 1, t: line }));
      return new Listing(lines.slice(start, start + Number(params.get("limit") ?? 50)), lines.length);
    },
  },
];
