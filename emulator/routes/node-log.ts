import { requireAll } from "../auth.ts";
import { type Endpoint, Listing } from "../endpoint.ts";
import { findNode, type NodeInfo } from "../estate.ts";
import { integer, type Rule, text } from "../rule.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment as the node's clock shows it: that many milliseconds since the epoch, were it UTC. */
function localTime({ timezone }: NodeInfo, milliseconds: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(milliseconds);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/** journalctl's `short`: no year, no zone. */
function shortLine(node: NodeInfo, at: number, said: string): string {
  const local = new Date(localTime(node, at));
  const day = String(local.getUTCDate()).padStart(2, "0");
  return `${MONTHS[local.getUTCMonth()]} ${day} ${local.toISOString().slice(11, 19)} ${node.name} ${said}`;
}

const moment: Rule = { type: "string", pattern: /^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2})?)?$/ };

export const NODE_LOG: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/time",
    allow: (call) => requireAll(call.caller, `/nodes/${call.path("node")}`, ["Sys.Audit"]),
    run: ({ estate, path }) => {
      const node = findNode(estate, path("node"));
      const time = estate.clock.seconds();
      return { timezone: node.timezone, time, localtime: localTime(node, time * 1000) / 1000 };
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/syslog",
    params: { start: integer(0), limit: integer(0), since: moment, until: moment, service: text },
    allow: (call) => requireAll(call.caller, `/nodes/${call.path("node")}`, ["Sys.Syslog"]),
    run: ({ estate, path, params }) => {
      const node = findNode(estate, path("node"));
      const bound = (name: string, fallback: number) => {
        const said = params.get(name);
        if (said === undefined) return fallback;
        return Date.parse(said.length > 10 ? `${said.replace(" ", "T")}Z` : said);
      };
      const [since, until] = [bound("since", 0), bound("until", Number.POSITIVE_INFINITY)];
      const shown = node.log.filter(({ at }) => {
        const local = localTime(node, at);
        return at <= estate.clock.now() && local >= since && local <= until;
      });
      const start = Number(params.get("start") ?? 0);
      const lines = shown.map(({ at, text: said }, index) => ({
        n: index + 1,
        t: shortLine(node, at, said),
      }));
      return new Listing(lines.slice(start, start + Number(params.get("limit") ?? 50)), lines.length);
    },
  },
];
