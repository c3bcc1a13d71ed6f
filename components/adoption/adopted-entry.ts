import { fractionalCapOf } from "../../proxmox/fractional-cap.ts";
import { planVm } from "../../proxmox/plan.ts";
import { upcoming, upcomingConfig, type VmSnapshot } from "../../proxmox/snapshot.ts";
import { without } from "../rules/schema-walk.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { declaredEntry } from "../translation/declared-vm.ts";
import { type CandidateEntry, candidateEntry } from "./candidate-entry.ts";
import { judged } from "./faults.ts";
import { foreignSlotsOf } from "./foreign-slots.ts";
import { type Left, leftAside, leftBy } from "./left.ts";
import { Readings } from "./readings.ts";

/** A VM as it is, to be adopted. */
export interface VmToAdopt {
  readonly vmid: number;
  readonly node: string;
  readonly template: boolean;
  readonly snapshot: VmSnapshot;
}

/** An entry that plans no write, and what it leaves out. */
export interface AdoptedEntry {
  readonly spec: VmSpec;
  readonly left: readonly Left[];
  /** What is worth knowing of the VM, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The entry of a VM that exists: all that a user would want to own, as it becomes at the next cold start, without
 * whatever an `up` would have to write. The checks and the planner themselves say what that is: what they name
 * is taken out until they name nothing.
 *
 * @param fleetNode the fleet's node; the entry names its own where it is another, or where there is none
 * @throws {Error} when not even an entry that owns nothing would do
 */
export function adoptedEntry(vm: VmToAdopt, fleetNode: string | undefined): AdoptedEntry {
  const { vmid, snapshot } = vm;
  const later = new Readings(upcomingConfig(snapshot));
  const foreign = foreignSlotsOf(vmid, [new Readings(snapshot.current), later]);
  const node = vm.node === fleetNode ? undefined : vm.node;
  let entry = candidateEntry(vmid, node, later, foreign);
  const left = new Map(asideOf(later, foreign).map((one) => [one.path, one]));
  for (;;) {
    const judgement = judged(entry, fleetNode, snapshot);
    if (judgement.sound) {
      const { spec } = judgement;
      return { spec, left: [...left.values()], notes: notesOn(vm, spec, fleetNode) };
    }
    for (const fault of judgement.faults) {
      if (fault.keys.length === 0) throw new Error(`VM ${vmid}: cannot be declared: ${fault.reason}`);
      const one = worded(leftBy(fault), later);
      if (!left.has(one.path)) left.set(one.path, one);
      for (const { path } of fault.keys) entry = withoutKey(entry, path);
    }
  }
}

/** An absent controller is in no text that could be shown. */
function worded(left: Left, readings: Readings): Left {
  if (left.path !== "controller" || readings.text("scsihw") !== undefined) return left;
  return { ...left, reason: "is the emulated LSI controller (got nothing, which is lsi in Proxmox)" };
}

/** Texts that have no form in a fleet file. */
function asideOf(readings: Readings, foreign: ReadonlySet<string>): Left[] {
  const boot = readings.keys("boot");
  const legacy = boot.get("legacy");
  const devices = boot.get("order")?.split(";") ?? [];
  const foreignBoot = devices.filter((device) => foreign.has(device));
  return [
    ...[...readings.unreadable].map(([key, message]) =>
      leftAside(key, `its text cannot be read: ${message} (got ${readings.text(key)})`),
    ),
    ...(legacy === undefined
      ? []
      : [
          {
            path: "boot",
            reason: `is a legacy boot order, which the fleet file cannot say (got ${legacy})`,
            choices: [
              "declare boot as a list of devices: would be written, cold: waits for a stop and start",
              "leave it unowned: nothing ever writes it",
              "schedule it: declare it with the next maintenance, then stop and start the VM",
            ],
          },
        ]),
    ...(foreignBoot.length === 0
      ? []
      : [leftAside("boot", `names a slot that somebody else owns (got ${foreignBoot.join(", ")})`)]),
  ];
}

function notesOn({ template, snapshot }: VmToAdopt, spec: VmSpec, fleetNode: string | undefined): string[] {
  const lock = upcoming(snapshot, "lock");
  const cap = fractionalCapOf(snapshot);
  const { waiting } = planVm(declaredEntry("vm", spec, { node: fleetNode }), snapshot);
  return [
    ...(template ? ["is a template"] : []),
    ...(lock === undefined ? [] : [`is locked (${lock}): an up that had to write would wait for its end`]),
    ...(cap === undefined
      ? []
      : [
          `has a fractional cap (${cap}), which is fine here; the official Pulumi provider and Terraform's cannot read such a VM`,
        ]),
    ...(waiting.length === 0
      ? []
      : [
          `waits for a cold stop and start already: ${waiting.map(({ path, to }) => `${path} ${to}`).join(", ")}`,
        ]),
  ];
}

/** The entry without a key, and without what has become empty by that. */
function withoutKey(entry: CandidateEntry, path: readonly string[]): CandidateEntry {
  const rest = without(entry, path) as CandidateEntry;
  const parent = path.slice(0, -1);
  const isEmpty = parent.length > 0 && Object.keys(at(rest, parent) ?? {}).length === 0;
  return isEmpty ? withoutKey(rest, parent) : rest;
}

function at(entry: CandidateEntry, path: readonly string[]): object | undefined {
  return path.reduce<unknown>((here, key) => (here as Record<string, unknown> | undefined)?.[key], entry) as
    | object
    | undefined;
}
