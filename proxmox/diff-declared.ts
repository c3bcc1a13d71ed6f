import { effectOf, usualCircumstances } from "./change-class.ts";
import type { DeclaredVm } from "./declared.ts";
import type { Effect } from "./key-rule.ts";
import { sameMeaning } from "./meaning.ts";
import { type Leaf, ownedKeys } from "./owned.ts";

/** One difference between two declarations. */
export interface DeclaredDiff {
  readonly path: string;
  /** `disown`: no longer declared; the VM keeps what it has. */
  readonly kind: "add" | "update" | "disown";
  readonly from?: string;
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
    if (old !== undefined && sameMeaning(leaf.rule, old.to, leaf.to)) continue;
    const effect = effectOf(leaf.rule.change, usualCircumstances, old?.to, leaf.to);
    differences.push(
      old === undefined
        ? { path, kind: "add", to: leaf.to, effect }
        : { path, kind: "update", from: old.to, to: leaf.to, effect },
    );
  }
  for (const [path, old] of olds) {
    if (!news.has(path)) differences.push({ path, kind: "disown", from: old.to, effect: "live" });
  }
  return differences;
}

function leavesByPath(declared: DeclaredVm): Map<string, Leaf> {
  const leaves = ownedKeys(declared).flatMap(({ leaves, size, datastore }) => [
    ...leaves,
    ...(size ? [size] : []),
    ...(datastore ? [datastore] : []),
  ]);
  return new Map(leaves.map((leaf) => [leaf.path, leaf]));
}
