import type { LiveVm } from "../../proxmox/api/vm-reader.ts";
import type { DeclaredVm } from "../../proxmox/declared.ts";
import { ownedKeys } from "../../proxmox/owned.ts";
import {
  type ForeignSlots,
  foreignSlotsLeft,
  type SlotHolder,
  slotHolders,
} from "../../proxmox/slot-holders.ts";
import { type ThreeWay, threeWay } from "../../proxmox/three-way.ts";
import { undeclaredPending } from "../../proxmox/undeclared-pending.ts";
import type { Standard } from "../audit/standard.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import { driftFindings, type KeyFinding, undeclaredFindings } from "./drift-findings.ts";
import { policyFindings } from "./policy-findings.ts";

/** What a slot or an option of a VM is. */
type SlotState = "in sync" | "drifted" | "waiting" | "foreign" | "undeclared" | "problem";

/** One VM as it is, beside what is declared of it. */
export interface VmState {
  /** Declared slots and options, and every other drive slot that is taken; CD-ROMs left out. */
  readonly slots: readonly { readonly slot: string; readonly state: SlotState }[];
  /** Drives of other owners. */
  readonly foreignDrives: number;
  /** Of a VM with `foreignSlots`. */
  readonly foreignSlots?: ForeignSlots;
  /** Declared keys, and how many of them are as declared in every view. */
  readonly keys: { readonly declared: number; readonly inSync: number };
  /** Declared keys of a running VM that no API shows as QEMU runs them. */
  readonly unseen: readonly string[];
  readonly findings: readonly KeyFinding[];
}

/** How the VM is judged and spoken of. */
export interface Judging {
  readonly standard: Standard;
  /** UTC, `2026-06-11`. */
  readonly today: string;
  /** The command that makes true what waits: `npx fleet restart devvm`. */
  readonly restart: string;
}

/** Compares one VM with its entry; without one, nothing of it is declared. */
export function statusOf(
  vmid: number,
  entry: FleetEntry | undefined,
  live: LiveVm,
  { standard, today, restart }: Judging,
): VmState {
  const { snapshot, status } = live;
  const declared = entry?.declared ?? nothingDeclared(vmid);
  const comparison = threeWay(declared, snapshot);
  const holders = slotHolders(declared, snapshot);
  const unreadable = holders.filter((one) => one.unreadable !== undefined);
  const readable = Object.entries(snapshot.current).filter(([key]) =>
    unreadable.every(({ slot }) => slot !== key),
  );
  const config = Object.fromEntries(readable);
  const foreignSlots = foreignSlotsLeft(declared, snapshot);
  const findings = [
    ...problemFindings(comparison, unreadable),
    ...lockFindings(snapshot.current.lock),
    ...(entry === undefined ? [unmanaged] : []),
    ...driftFindings(comparison, restart),
    ...undeclaredFindings(undeclaredPending(declared, snapshot)),
    ...policyFindings({ vmid, ...(entry && { key: entry.key }), status, config }, standard, today),
  ];
  const differing = new Set([...comparison.drifted, ...comparison.waiting].map(({ path }) => path));
  return {
    slots: slotStates(declared, holders, findings),
    foreignDrives: holders.filter(({ holder }) => holder === "foreign").length,
    ...(foreignSlots !== undefined && { foreignSlots }),
    keys: { declared: comparison.owned, inSync: Math.max(0, comparison.owned - differing.size) },
    unseen: comparison.unseen,
    findings,
  };
}

const unmanaged: KeyFinding = {
  kind: "unmanaged",
  message: "exists, and the stack file does not declare it",
};

function nothingDeclared(vmid: number): DeclaredVm {
  return { vmid, options: {}, drives: {}, nics: {}, foreignSlots: [] };
}

function problemFindings({ problems }: ThreeWay, unreadable: readonly SlotHolder[]): KeyFinding[] {
  return [
    ...problems.map(({ path, reason }) => ({
      kind: "problem" as const,
      slot: path.split(".")[1] ?? path,
      path,
      message: `${path}: ${reason}`,
    })),
    // Of a declared slot the plan says it already; a foreign one is nobody's business here.
    ...unreadable
      .filter(({ holder }) => holder === "undeclared")
      .map(({ slot, unreadable = "" }) => ({
        kind: "problem" as const,
        slot,
        path: `drives.${slot}`,
        message: `drives.${slot}: the VM's own text cannot be read: ${unreadable}; allowed is what Proxmox itself writes; correct the VM's configuration by hand`,
      })),
  ];
}

function lockFindings(lock: string | undefined): KeyFinding[] {
  if (lock === undefined) return [];
  return [{ kind: "locked", message: `Proxmox has it locked (${lock}), and pulumi up could not write` }];
}

function slotStates(
  declared: DeclaredVm,
  holders: readonly SlotHolder[],
  findings: readonly KeyFinding[],
): VmState["slots"] {
  const own = ownedKeys(declared).map(({ key }) => key);
  const stateOf = (slot: string, sound: SlotState): SlotState => {
    const of = findings.filter(({ slot: one }) => one === slot);
    const has = (kind: KeyFinding["kind"]) => of.some((one) => one.kind === kind);
    if (has("problem")) return "problem";
    if (has("drifted")) return "drifted";
    return has("waiting") ? "waiting" : sound;
  };
  return [
    ...own.map((slot) => ({ slot, state: stateOf(slot, "in sync") })),
    ...holders
      .filter(({ holder }) => holder !== "declared")
      .map(({ slot, holder }) => ({
        slot,
        state: stateOf(slot, holder === "foreign" ? "foreign" : "undeclared"),
      })),
  ];
}
