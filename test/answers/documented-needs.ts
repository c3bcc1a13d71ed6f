import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatOf } from "../../proxmox/config-key.ts";
import { parseProperties } from "../../proxmox/property-string.ts";

/** A privilege on a path. */
export interface Need {
  readonly path: string;
  readonly privilege: string;
}

/** What one write needs: of each clause one alternative, with all of its privileges. Or root@pam. */
export type Needs = "root" | readonly (readonly (readonly Need[])[])[];

/** One key of the table's second column. */
export interface DocumentedKey {
  /** `netN`, or a name without a number. */
  readonly family: string;
  /** What the value has to have in it; empty: any value. */
  readonly pattern: string;
  readonly needs: string;
  /** The first column: keys of the fleet file. */
  readonly entry: string;
}

const text = readFileSync(resolve(import.meta.dirname, "../../docs/security.md"), "utf8");

/** The lines of "What each key asks for" in docs/security.md, a key each. */
export const documentedKeys: readonly DocumentedKey[] =
  text
    .split("\n## ")
    .find((section) => section.startsWith("What each key asks for\n"))
    ?.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| in the"))
    .flatMap((line) => {
      const [, entry = "", keys = "", needs = ""] = line.split("|").map((cell) => cell.trim());
      return [...keys.matchAll(/`([^`:]+)(?:: ([^`]+))?`/g)].map(([, family = "", pattern = ""]) => {
        return { family, pattern, needs, entry };
      });
    }) ?? [];

/** The values by key; the default key's too. */
function valuesOf(key: string, value: string): ReadonlyMap<string, string> {
  const format = formatOf(key);
  return format === undefined ? new Map([["", value]]) : parseProperties(format, value);
}

function defaultKeyOf(key: string): string {
  return formatOf(key)?.defaultKey ?? "";
}

/** Words in capitals stand for anything, `ID` for the VM's own id, `SIZE` and `OWNER` for numbers. */
function matcher(template: string, vmid: number): RegExp {
  const source = template
    .replace(/\bID\b/, String(vmid))
    .replace(/[.*+?^$(){}[\]\\]/g, "\\$&")
    .replace(/\b[A-Z]{2,}\b/g, (name) => `(?<${name}>${/^(?:SIZE|OWNER)$/.test(name) ? "\\d+" : ".+"})`);
  return new RegExp(`^${source}$`);
}

interface Match {
  readonly needs: string;
  readonly names: Readonly<Record<string, string>>;
  /** How much the pattern says: its keys, then the letters that are no placeholder. */
  readonly weight: number;
}

function matchOf(
  row: DocumentedKey,
  key: string,
  value: string | undefined,
  vmid: number,
): Match | undefined {
  const { pattern, needs } = row;
  if (pattern === "") return { needs, names: {}, weight: 0 };
  if (value === undefined) return undefined;
  const values = valuesOf(key, value);
  const names: Record<string, string> = {};
  let weight = 0;
  for (const part of pattern.split(",")) {
    const [, name = defaultKeyOf(key), template = ""] = /^(?:([a-z]+)=)?(.*)$/.exec(part) ?? [];
    const match = matcher(template, vmid).exec(values.get(name) ?? "");
    if (match === null) return undefined;
    Object.assign(names, match.groups);
    weight += 1000 + template.replace(/\b[A-Z]{2,}\b/g, "").length + (template.includes("ID") ? 2 : 0);
  }
  return { needs, names, weight };
}

function filled(template: string, names: Readonly<Record<string, string>>): string {
  return template.replace(/\b[A-Z]{2,}\b/g, (name) => names[name] ?? name);
}

function needsIn({ needs, names }: Match, vmid: number): Needs {
  if (needs === "root@pam") return "root";
  return needs.split("; ").map((clause) =>
    clause.split(" or ").map((alternative) =>
      alternative.split(" and ").flatMap((atom) => {
        const [, privilege = atom, path = `/vms/${vmid}`] = /^`([\w.]+)`(?: on `([^`]+)`)?/.exec(atom) ?? [];
        const each = atom.endsWith("each of them") ? (names.VLANS ?? "").split(";") : [""];
        return each.map((vlan) => ({ privilege, path: filled(path, { ...names, VLANS: vlan }) }));
      }),
    ),
  );
}

/** What docs/security.md says that a key with this value needs; undefined when it says nothing of it. */
export function documentedNeeds(vmid: number, key: string, value: string | undefined): Needs | undefined {
  const rows = documentedKeys.filter(
    ({ family }) => family === key || (family.endsWith("N") && key.replace(/\d+$/, "N") === family),
  );
  const matches = rows.flatMap((row) => matchOf(row, key, value, vmid) ?? []);
  const [best] = matches.sort((left, right) => right.weight - left.weight);
  return best && needsIn(best, vmid);
}
