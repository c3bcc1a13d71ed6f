import { effectOf, usualCircumstances } from "./change-class.ts";
import type { DeclaredVm } from "./declared.ts";
import type { Effect } from "./key-rule.ts";
import { sameMeaning, toText } from "./meaning.ts";
import { optionRule } from "./option-table.ts";
import { type Leaf, type OwnedKey, ownedKeys } from "./owned.ts";

/** One difference between two declarations. */
export interface DeclaredDiff {
  readonly path: string;
  /** `disown`: no longer declared; the VM keeps what it has. */
  readonly kind: "add" | "update" | "disown";
  /** Absent with "update" and "disown": the key was declared to be absent. */
  readonly from?: string;
  /** Absent with "add" and "update": the key is declared to be absent. */
  readonly to?: string;
  /** When it takes effect in a running VM with Proxmox's default `hotplug`; "live" for what is disowned. */
  readonly effect: Effect;
}

/** What changes from one declaration to another, by meaning and by path. */
export function diffDeclared(before: DeclaredVm, after: DeclaredVm): DeclaredDiff[] {
  const olds = leavesByPath(before);
  const news = leavesByPath(after);
  const differences: DeclaredDiff[] = [];
  for (const [path, leaf] of news) {
    const old = olds.get(path);
    // What follows from other keys was not declared: it counts where a refresh found it there.
    if (leaf.implied && (old === undefined || old.implied)) continue;
    if (old !== undefined && sameMeaning(leaf.rule, old.to, leaf.to)) continue;
    const effect = slowest(
      leaf.parts.map((part) => effectOf(part.rule.change, usualCircumstances, old?.to, part.to)),
    );
    const to = leaf.to === undefined ? {} : { to: leaf.to };
    const from = old?.to === undefined ? {} : { from: old.to };
    differences.push({
      path,
      kind: old === undefined || old.implied ? "add" : "update",
      ...from,
      ...to,
      effect,
    });
  }
  for (const [path, old] of olds) {
    if (news.has(path) || old.implied) continue;
    differences.push({ path, kind: "disown", ...(old.to !== undefined && { from: old.to }), effect: "live" });
  }
  return differences;
}

interface Declaration extends Pick<Leaf, "path" | "rule" | "to" | "implied"> {
  readonly parts: readonly Leaf[];
}

function leavesByPath(declared: DeclaredVm): Map<string, Declaration> {
  return new Map(
    ownedKeys(declared)
      .flatMap(declarationsOf)
      .map((leaf) => [leaf.path, leaf]),
  );
}

/** A property string declared as text is one declaration, whatever keys it names. */
function declarationsOf({ key, path, leaves, shorthand, size, datastore }: OwnedKey): Declaration[] {
  const rule = optionRule(key);
  if (shorthand !== undefined && rule !== undefined) {
    const [declared, others] = [
      leaves.filter(({ to }) => to !== undefined),
      leaves.filter(({ to }) => to === undefined),
    ];
    return [
      { path, rule, to: toText(rule, shorthand), parts: declared },
      ...others.map((leaf) => ({ ...leaf, parts: [leaf] })),
    ];
  }
  return [...leaves, ...(size ? [size] : []), ...(datastore ? [datastore] : [])].map((leaf) => ({
    ...leaf,
    parts: [leaf],
  }));
}

function slowest(effects: readonly Effect[]): Effect {
  if (effects.includes("cold")) return "cold";
  return effects.includes("invisible") ? "invisible" : "live";
}
