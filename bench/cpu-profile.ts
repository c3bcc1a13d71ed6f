import { z } from "zod";
import { type Kind, kindOf } from "./process-kind.ts";

/** Milliseconds of CPU of one process, by whose code ran. */
export interface CpuProfile {
  readonly kind: Kind;
  readonly places: Readonly<Record<string, number>>;
}

/** As V8 writes it; times are microseconds. */
const shape = z.object({
  nodes: z.array(
    z.object({ id: z.number(), callFrame: z.object({ functionName: z.string(), url: z.string() }) }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** Reads a .cpuprofile of Node; time in which the process waited is left out. */
export function cpuProfileOf(text: string): CpuProfile {
  const { nodes, samples, timeDeltas } = shape.parse(JSON.parse(text));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const places: Record<string, number> = {};
  for (const [index, id] of samples.entries()) {
    const { functionName = "", url = "" } = frames.get(id) ?? {};
    if (functionName === "(idle)") continue;
    const place = placeOf(functionName, url);
    places[place] = (places[place] ?? 0) + (timeDeltas[index] ?? 0) / 1000;
  }
  const urls = nodes.map(({ callFrame }) => callFrame.url).filter((url) => url !== "");
  return { kind: urls.map(kindOf).find((kind) => kind !== "other") ?? "other", places };
}

/** Whose code a frame is: a package, Node's loader, the rest of Node, or this project. */
function placeOf(functionName: string, url: string): string {
  if (functionName === "(garbage collector)") return "garbage collection";
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  if (url.startsWith("file:") || url.startsWith("/")) return "this project";
  if (/modules|package_json|compile|Module|realm/i.test(`${url} ${functionName}`))
    return "Node: loading modules";
  return "Node: the rest";
}
