import type { Circumstances } from "./change-class.ts";
import { type Held, heldBy } from "./held.ts";
import type { Effect } from "./key-rule.ts";
import { sameMeaning, sameNotation } from "./meaning.ts";
import {
  differs,
  keyRule,
  type Leaf,
  leafEffect,
  type OwnedKey,
  ownsOnlyAbsence,
  textOf,
  viewOf,
} from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import type { Properties } from "./property-string.ts";

/** One owned value that is not as declared, and what its writing does. */
export interface Change {
  readonly path: string;
  readonly from?: string;
  /** Absent: the key goes away. */
  readonly to?: string;
  readonly effect: Effect;
  /** The value could be live, and is pending: a write that was to bring it about stopped midway. */
  readonly pending?: true;
}

/** What is to be done about one top-level key. */
export interface KeyPlan {
  readonly changes: readonly Change[];
  readonly waiting: readonly Change[];
  readonly problems: readonly Problem[];
  /** To be written with the live things; null: to be removed. */
  readonly live?: string | null;
  /** To be written, or removed, with the cold things; when `live` is there too, it must come first. */
  readonly cold?: string | null;
  /** What of others keeps owned values waiting that could be live. */
  readonly held?: Held;
}

/** Texts of one key: now, and after the next cold start. */
export interface Views {
  readonly current: string | undefined;
  readonly upcoming: string | undefined;
}

/** Nothing to do. */
export const settled: KeyPlan = { changes: [], waiting: [], problems: [] };

/**
 * Plans one key. Of an existing text only those keys are changed that differ by meaning; all else, a number's
 * notation included, stays as it is in the view that is written. What others left pending in the text is never
 * written over, not even for the moment between two requests: where it is cold, our live values wait with it.
 */
export function planKey(owned: OwnedKey, views: Views, circumstances: Circumstances): KeyPlan {
  const current = viewOf(owned, views.current);
  const upcoming = viewOf(owned, views.upcoming);
  const device = owned.format?.device === true;
  const dropped = device && current !== undefined && upcoming === undefined;
  const base = dropped ? current : upcoming;
  const others = heldBy(owned, current, upcoming, circumstances);
  const isHeld = others.length > 0;
  const ownEffect = (leaf: Leaf): Effect => leafEffect(owned, leaf, current, circumstances);
  const effect = (leaf: Leaf): Effect => (isHeld ? "cold" : ownEffect(leaf));
  const wrongLater = owned.leaves.filter((leaf) => differs(owned, leaf, base));

  const hasNow = circumstances.running && !(device && current === undefined);
  const wrongNow = hasNow ? owned.leaves.filter((leaf) => differs(owned, leaf, current)) : [];
  const wrongLive = wrongNow.filter((leaf) => effect(leaf) !== "cold");
  const later = filled(owned, withLeaves(base, wrongLater));
  const changes = [
    ...(dropped ? [{ path: owned.path, to: textOf(owned, later.view) ?? "", effect: "live" as const }] : []),
    ...owned.leaves.flatMap((leaf): Change[] => {
      if (wrongLive.includes(leaf)) {
        const isPending = views.current !== views.upcoming && !wrongLater.includes(leaf);
        return [{ ...change(leaf, current, effect(leaf)), ...(isPending && { pending: true }) }];
      }
      if (!wrongLater.includes(leaf)) return [];
      // QEMU runs the declared value already: taking a pending one back is true at once.
      const atOnce = hasNow && !wrongNow.includes(leaf);
      return [change(leaf, base, atOnce ? "live" : effect(leaf))];
    }),
  ];
  const absentNow = owned.leaves.filter(
    (leaf) => !wrongLater.includes(leaf) && differs(owned, leaf, current) && !wrongLive.includes(leaf),
  );
  const waiting = circumstances.running
    ? [...missingDevice(owned, current, upcoming), ...absentNow.map((leaf) => change(leaf, current, "cold"))]
    : [];

  const isKept = isHeld && wrongNow.some((leaf) => ownEffect(leaf) !== "cold");
  const held = isKept ? { held: { key: owned.key, path: owned.path, others } } : {};
  if (changes.length === 0) return { changes, waiting, problems: [], ...held };
  if (wrongLive.length > 0) {
    const now = filled(owned, withLeaves(withUndeclared(owned, current, base), wrongLive));
    const problems = [...now.problems, ...later.problems];
    const live = textOf(owned, now.view);
    if (same(owned, now.view, later.view)) return { changes, waiting, problems, live };
    return { changes, waiting, problems, live, cold: textOf(owned, later.view) };
  }
  const asNow = current !== undefined && same(owned, current, later.view);
  const text = asNow && views.current !== undefined ? views.current : textOf(owned, later.view);
  const isCold = changes.some((one) => one.effect === "cold");
  return {
    changes,
    waiting,
    problems: later.problems,
    ...(isCold ? { cold: text } : { live: text }),
    ...held,
  };
}

/** A device that QEMU does not have before the cold start: it waits itself, whatever of it is declared. */
function missingDevice(owned: OwnedKey, current?: Properties, upcoming?: Properties): Change[] {
  const isMissing = owned.format?.device === true && current === undefined && upcoming !== undefined;
  if (!isMissing || ownsOnlyAbsence(owned) || owned.leaves.some(({ path }) => path === owned.path)) return [];
  return [{ path: owned.path, to: textOf(owned, upcoming) ?? "", effect: "cold" }];
}

function change(leaf: Leaf, view: Properties | undefined, effect: Effect): Change {
  const from = view?.get(leaf.key);
  const { path, to } = leaf;
  return { path, ...(from !== undefined && { from }), ...(to !== undefined && { to }), effect };
}

/** A view with values set, and taken out where they must be absent. */
export function withLeaves(view: Properties | undefined, leaves: readonly Leaf[]): Map<string, string> {
  const next = new Map(view);
  for (const { key, to } of leaves) {
    if (to === undefined) next.delete(key);
    else next.set(key, to);
  }
  return next;
}

/** The declared keys as they are now, beside the others as they will be: where nothing is held, none of these is cold. */
function withUndeclared(
  owned: OwnedKey,
  current: Properties | undefined,
  later: Properties | undefined,
): Properties {
  const isOurs = ([key]: readonly [string, string]) => owned.leaves.some((leaf) => leaf.key === key);
  return new Map([
    ...[...(current ?? [])].filter(isOurs),
    ...[...(later ?? [])].filter((one) => !isOurs(one)),
  ]);
}

/** Adds what Proxmox requires beside the declared keys. */
function filled(
  owned: OwnedKey,
  view: Map<string, string>,
): { view: Map<string, string>; problems: Problem[] } {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(owned.format?.required ?? {})) {
    if (view.has(key)) continue;
    if (value !== undefined) view.set(key, value);
    else {
      problems.push(
        problem(
          `${owned.path}.${key}`,
          "missing, and Proxmox requires it",
          undefined,
          "allowed is a value",
          "declare it",
        ),
      );
    }
  }
  return { view, problems };
}

/**
 * Whether writing one text does what the other would. What is not owned differs too where one text leaves it out:
 * somebody wrote it, and so it stays, in each view.
 */
function same(owned: OwnedKey, a: Properties, b: Properties): boolean {
  const declared = new Set(owned.leaves.map(({ key }) => key));
  const keys = new Set([...a.keys(), ...b.keys()]);
  keys.delete("size");
  return [...keys].every((key) => {
    const isSame = declared.has(key) ? sameMeaning : sameNotation;
    return isSame(keyRule(owned, key), a.get(key), b.get(key));
  });
}
