import type { RecordedRequest } from "../demo/control.ts";

/** Requests by kind: method, and path with names and numbers replaced. */
export type Calls = Readonly<Record<string, number>>;

/** Counts requests by kind, the most frequent first. */
export function callsByKind(requests: readonly RecordedRequest[]): Calls {
  const counts = new Map<string, number>();
  for (const { method, path } of requests) {
    const kind = `${method} ${kindOfPath(path)}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}

function kindOfPath(path: string): string {
  return path
    .replace(/^\/nodes\/[^/]+/, "/nodes/{node}")
    .replace(/\/qemu\/\d+/, "/qemu/{vmid}")
    .replace(/\/tasks\/[^/]+/, "/tasks/{upid}")
    .replace(/\/storage\/[^/]+/, "/storage/{storage}");
}

/** All calls, or those of one method. */
export function countCalls(calls: Calls, method?: string): number {
  return Object.entries(calls)
    .filter(([kind]) => method === undefined || kind.startsWith(`${method} `))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** Calls that could change something. */
export function countWrites(calls: Calls): number {
  return countCalls(calls) - countCalls(calls, "GET");
}
