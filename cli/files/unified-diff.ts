import { diff } from "node:util";

/** Lines shown around a change. */
const context = 3;

/** The difference of two texts as `diff -u` prints it, in one hunk; empty when there is none. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const [old, now] = [linesOf(before), linesOf(after)];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const first = Math.max(0, head - context);
  const below = Math.min(tail, context);
  const lines = [
    ...old.slice(first, head).map((line) => ` ${line}`),
    ...changed(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...old.slice(old.length - tail, old.length - tail + below).map((line) => ` ${line}`),
  ];
  const oldCount = old.length - tail + below - first;
  const newCount = now.length - tail + below - first;
  const hunk = `@@ -${range(first, oldCount)} +${range(first, newCount)} @@`;
  return `--- ${path}\n+++ ${path}\n${hunk}\n${lines.map(closed).join("")}`;
}

function changed(old: string[], now: string[]): string[] {
  const lines = diff(old, now) as [side: number, line: string][];
  return lines.map(([side, line]) => `${side === 0 ? " " : side > 0 ? "-" : "+"}${line}`);
}

/** Lines with their ends, so that a last line without one is another line. */
function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function closed(line: string): string {
  return line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`;
}

function range(first: number, count: number): string {
  return `${count === 0 ? first : first + 1},${count}`;
}
