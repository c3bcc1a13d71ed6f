import { circumstancesOf } from "./change-class.ts";
import type { DeclaredVm } from "./declared.ts";
import type { DriveEvidence } from "./drive-evidence.ts";
import { type DrivePlan, planDrive } from "./drive-plan.ts";
import { slotSet } from "./drive-slots.ts";
import type { Held } from "./held.ts";
import { type Change, planKey, settled } from "./key-plan.ts";
import { optionNameMistake } from "./option-table.ts";
import { type OwnedKey, ownedKeys, ownsOnlyAbsence, viewOf } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import { PropertyStringError } from "./property-string.ts";
import { resultingProblems } from "./resulting-config.ts";
import { rootProblems } from "./root-only.ts";
import type { VmSnapshot } from "./snapshot.ts";
import { present, upcoming, upcomingConfig } from "./snapshot.ts";
import { conflictProblems } from "./text-problems.ts";

export type { Change } from "./key-plan.ts";

/** One request that changes something. */
export type WriteRequest =
  | {
      readonly kind: "config";
      readonly set: Readonly<Record<string, string>>;
      /** Options that go away; none when absent. */
      readonly delete?: readonly string[];
    }
  | { readonly kind: "resize"; readonly slot: string; readonly size: string };

/** What to do so that a VM becomes as declared. */
export interface Plan {
  /** Every owned value that is not as declared. */
  readonly changes: readonly Change[];
  /** Owned values that are pending as declared, and that QEMU does not run yet. */
  readonly waiting: readonly Change[];
  /** What a person must decide or correct; while there is any, nothing is requested. */
  readonly problems: readonly Problem[];
  /** To be sent in order: the first with the snapshot's digest, then read and plan again. */
  readonly requests: readonly WriteRequest[];
  /** Where another hand's pending change keeps owned values waiting that could be live. */
  readonly held: readonly Held[];
  /** Storages that know of the VM's volumes what the plan depends on: see {@link DriveEvidence.volumes}. */
  readonly storages: readonly string[];
}

/**
 * Plans the fewest writes: caps and all that is live on top of the current strings, then growth, then what
 * waits for a cold start; in one request when no key must be written twice. Undeclared keys and slots are in no
 * request, no volume is allocated for a slot that holds one, and of what holds data or is a device nothing is ever
 * deleted but single keys of its text. A text that must be written twice has nothing pending of others in it, so
 * that a stop between the two costs nobody anything.
 */
export function planVm(declared: DeclaredVm, snapshot: VmSnapshot, evidence: DriveEvidence = {}): Plan {
  const foreign = slotSet(declared.foreignSlots);
  const plans = ownedKeys(declared).map((owned) => ({
    key: owned.key,
    plan: planOwned(owned, declared, snapshot, foreign, evidence),
  }));
  const changes = plans.flatMap(({ plan }) => plan.changes);
  const waiting = plans.flatMap(({ plan }) => plan.waiting);
  const [liveTexts, coldTexts] = [texts(plans, "live"), texts(plans, "cold")];
  const problems = [
    ...plans.flatMap(({ plan }) => plan.problems),
    ...resultingProblems(
      withTexts(upcomingConfig(snapshot), { ...liveTexts, ...coldTexts }),
      new Set([...Object.keys(liveTexts), ...Object.keys(coldTexts)]),
      snapshot.running ? snapshot.current : undefined,
    ),
  ];
  const held = plans.flatMap(({ plan }) => plan.held ?? []);
  const storages = [...new Set(plans.flatMap(({ plan }) => plan.storages ?? []))];
  if (problems.length > 0) return { changes, waiting, problems, requests: [], held, storages };

  const resizes = plans.flatMap(({ key, plan }): WriteRequest[] =>
    plan.resize === undefined ? [] : [{ kind: "resize", slot: key, size: plan.resize }],
  );
  const { live, cold } = withMemory(liveTexts, coldTexts);
  const isTwice = Object.keys(live).some((key) => Object.hasOwn(cold, key));
  const requests =
    !isTwice && (resizes.length === 0 || !snapshot.running)
      ? [...config({ ...live, ...cold }), ...resizes]
      : [...config(live), ...resizes, ...config(cold)];
  return { changes, waiting, problems, requests, held, storages };
}

/** Texts to write by top-level key; null: to remove. */
type Texts = Readonly<Record<string, string | null>>;

function withTexts(config: Readonly<Record<string, string>>, written: Texts): Record<string, string> {
  const entries = Object.entries({ ...config, ...written });
  return Object.fromEntries(entries.flatMap(([key, text]) => (text === null ? [] : [[key, text] as const])));
}

/** Proxmox refuses a balloon that is larger than the memory at that moment, so that both go in one request. */
function withMemory(live: Texts, cold: Texts) {
  const { balloon, ...rest } = live;
  if (balloon === undefined || !Object.hasOwn(cold, "memory")) return { live, cold };
  return { live: rest, cold: { ...cold, balloon } };
}

function planOwned(
  owned: OwnedKey,
  declared: DeclaredVm,
  snapshot: VmSnapshot,
  foreign: ReadonlySet<string>,
  evidence: DriveEvidence,
): DrivePlan {
  if (owned.section === "drives" && foreign.has(owned.key)) {
    return refused(
      problem(
        owned.path,
        "the slot is both declared and foreign",
        owned.key,
        "allowed is one of the two",
        "remove it from drives or from foreignSlots",
      ),
    );
  }
  const mistake = owned.section === "options" ? optionNameMistake(owned.key) : undefined;
  if (mistake !== undefined) {
    return refused(
      problem(owned.path, mistake, owned.key, "allowed are a VM's own options", "remove the key"),
    );
  }
  const views = {
    current: present(snapshot, owned.key),
    upcoming: upcoming(snapshot, owned.key),
  };
  const circumstances = circumstancesOf(snapshot);
  if (views.upcoming === undefined && owned.format?.device && ownsOnlyAbsence(owned)) return settled;
  try {
    if (owned.section === "drives") {
      return planDrive(owned, views, circumstances, { vmid: declared.vmid, snapshot, evidence });
    }
    if (owned.section === "nics" && views.current === undefined && views.upcoming === undefined) {
      if (owned.leaves.every(({ key }) => key !== "bridge")) {
        return refused(
          problem(
            owned.path,
            "the slot is empty, and a new network device needs a bridge",
            "no bridge",
            "allowed is a slot that holds a device, or bridge for a new one",
            "declare bridge, or remove the slot",
          ),
        );
      }
    }
    return judged(owned, planKey(owned, views, circumstances), declared.vmid, views.current);
  } catch (error) {
    if (!(error instanceof PropertyStringError)) throw error;
    return refused(
      problem(
        owned.path,
        `the VM's own text cannot be read: ${error.message}`,
        views.current ?? views.upcoming,
        "allowed is what Proxmox itself writes",
        "correct the VM's configuration by hand",
      ),
    );
  }
}

/** The plan, or what of its texts Proxmox would refuse or not act on. */
function judged(owned: OwnedKey, plan: DrivePlan, vmid: number, current: string | undefined): DrivePlan {
  const texts = [plan.live, plan.cold].filter((text) => text !== undefined);
  const problems = texts.flatMap((text) =>
    text === null ? wholeDevice(owned) : conflictProblems(owned, viewOf(owned, text)),
  );
  const mistakes = [...plan.problems, ...problems];
  const last = texts.at(-1);
  if (mistakes.length > 0 || last === undefined) return { ...plan, problems: mistakes };
  return { ...plan, problems: rootProblems(vmid, owned, current, last) };
}

function wholeDevice({ path, format }: OwnedKey): Problem[] {
  if (format?.device === undefined) return [];
  return [
    problem(
      path,
      "nothing would be left of the device, and a whole device is not removed here",
      "every key absent",
      "allowed is a device that keeps a key",
      "remove the device by hand, or declare one of its keys",
    ),
  ];
}

function refused(mistake: Problem): DrivePlan {
  return { ...settled, problems: [mistake] };
}

function texts(plans: readonly { key: string; plan: DrivePlan }[], which: "live" | "cold"): Texts {
  return Object.fromEntries(
    plans.flatMap(({ key, plan }) => {
      const text = plan[which];
      return text === undefined ? [] : [[key, text] as const];
    }),
  );
}

function config(texts: Texts): WriteRequest[] {
  const entries = Object.entries(texts);
  if (entries.length === 0) return [];
  const set = Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
  const gone = entries.flatMap(([key, text]) => (text === null ? [key] : []));
  return [{ kind: "config", set, ...(gone.length > 0 && { delete: gone }) }];
}
