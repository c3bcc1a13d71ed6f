import { printableLines } from "../proxmox/printable.ts";

/** Values that were found, by key, with nothing in their texts that a terminal acts upon; as declared is as it is. */
export function printableValues<T>(found: T, declared: unknown): T {
  if (found === declared) return found;
  if (typeof found === "string") return printableLines(found) as T;
  if (typeof found !== "object" || found === null || Array.isArray(found)) return found;
  const known = (declared ?? {}) as Readonly<Record<string, unknown>>;
  const shown = Object.entries(found).map(([key, value]) => [
    key,
    printableValues(value as unknown, known[key]),
  ]);
  return Object.fromEntries(shown) as T;
}
