import { circumstancesOf } from "./change-class.ts";
import type { DeclaredVm } from "./declared.ts";
import { datastoreOf } from "./drive.ts";
import type { Effect } from "./key-rule.ts";
import { type Leaf, leafEffect, type OwnedKey, ownedKeys, readableView } from "./owned.ts";
import { type Plan, planVm } from "./plan.ts";
import type { Problem } from "./problem.ts";
import type { Properties } from "./property-string.ts";
import { present, upcoming, type VmSnapshot } from "./snapshot.ts";

/** One owned value that is not the same in all views. */
export interface Difference {
  /** Property path, such as `drives.scsi0.mbps_rd`. */
  readonly path: string;
  /** Top-level key, such as `scsi0`. */
  readonly slot: string;
  /** null: declared to be absent. */
  readonly declared: string | null;
  /** In the current section; absent where the VM has none. */
  readonly configured?: string;
  /** From the next cold start on, where that is another value than the configured one; null: none any more. */
  readonly waiting?: string | null;
  /** When what is declared takes effect once it is written. */
  readonly effect: Effect;
}

/** Declared, configured and waiting compared. */
export interface ThreeWay {
  /** Not as declared, and to be written. */
  readonly drifted: readonly Difference[];
  /** Pending as declared, and not run yet. */
  readonly waiting: readonly Difference[];
  readonly problems: readonly Problem[];
  /** Owned values, all of them. */
  readonly owned: number;
  /** Owned values of a running VM that are in the config at once and that QEMU shows nobody. */
  readonly unseen: readonly string[];
}

/** Compares what is declared of a VM with what is configured and with what waits, as {@link planVm} does. */
export function threeWay(declared: DeclaredVm, snapshot: VmSnapshot): ThreeWay {
  const values = valuesByPath(declared, snapshot);
  const plan = planVm(declared, snapshot);
  const difference = ({ path, from, to, effect }: Plan["changes"][number]): Difference => {
    const { slot = path, now = from, next } = values.get(path) ?? {};
    return {
      path,
      slot,
      declared: to ?? null,
      effect,
      ...(now !== undefined && { configured: now }),
      ...(next !== now && { waiting: next ?? null }),
    };
  };
  return {
    drifted: plan.changes.map(difference),
    waiting: plan.waiting.map(difference),
    problems: plan.problems,
    owned: [...values.values()].filter(({ whole, implied }) => !whole && !implied).length,
    unseen: [...values.values()].filter(({ isUnseen }) => isUnseen).map(({ path }) => path),
  };
}

interface Value {
  readonly path: string;
  readonly slot: string;
  readonly now: string | undefined;
  readonly next: string | undefined;
  /** The whole text of a device, of which only keys are owned. */
  readonly whole?: boolean;
  /** Not declared itself. */
  readonly implied?: boolean;
  readonly isUnseen?: boolean;
}

function valuesByPath(declared: DeclaredVm, snapshot: VmSnapshot): Map<string, Value> {
  return new Map(
    ownedKeys(declared)
      .flatMap((owned) => valuesOf(owned, snapshot))
      .map((value) => [value.path, value]),
  );
}

function valuesOf(owned: OwnedKey, snapshot: VmSnapshot): Value[] {
  const { key: slot, path, leaves, size, datastore } = owned;
  const texts = { now: present(snapshot, slot), next: upcoming(snapshot, slot) };
  const views = { now: readableView(owned, texts.now), next: readableView(owned, texts.next) };
  const circumstances = circumstancesOf(snapshot);
  const value = (leaf: Leaf, of: (view: Properties | undefined) => string | undefined): Value => ({
    path: leaf.path,
    slot,
    implied: leaf.implied === true,
    now: of(views.now),
    next: of(views.next),
    isUnseen: leafEffect(owned, leaf, views.now, circumstances) === "invisible",
  });
  return [
    { path, slot, ...texts, whole: true },
    ...leaves.map((leaf) => value(leaf, (view) => view?.get(leaf.key))),
    ...(size === undefined ? [] : [value(size, (view) => view?.get("size"))]),
    ...(datastore === undefined ? [] : [value(datastore, (view) => datastoreOf(view?.get("file") ?? ""))]),
  ];
}
