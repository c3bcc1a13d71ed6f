import { ProxmoxError } from "../proxmox/api/proxmox-error.ts";
import type { VmApi } from "../proxmox/api/vm-api.ts";
import type { LiveVm } from "../proxmox/api/vm-reader.ts";
import { VmReader } from "../proxmox/api/vm-reader.ts";
import { checkDeclared } from "../proxmox/check-declared.ts";
import {
  converge,
  type KnownVm,
  requireGone,
  requirePlan,
  requireSame,
  requireVm,
} from "../proxmox/converge/converge.ts";
import { ConvergenceError } from "../proxmox/converge/convergence-error.ts";
import { missingNames } from "../proxmox/converge/missing-names.ts";
import { explained, unreachableNode } from "../proxmox/converge/setbacks.ts";
import type { DeclaredVm } from "../proxmox/declared.ts";
import type { DeclaredDiff } from "../proxmox/diff-declared.ts";
import { diffDeclared } from "../proxmox/diff-declared.ts";
import type { IdHolder } from "../proxmox/id-holder.ts";
import { takenId } from "../proxmox/id-holder.ts";
import { identityOf, isAnother } from "../proxmox/identity.ts";
import { observeDeclared } from "../proxmox/observe.ts";
import { type Plan, planVm } from "../proxmox/plan.ts";
import { printable } from "../proxmox/printable.ts";
import type { Problem } from "../proxmox/problem.ts";
import type { Reference } from "../proxmox/reference.ts";
import {
  drivesReport,
  heldReport,
  nothingWasWritten,
  previewReport,
  waitingReport,
  writtenReport,
} from "../proxmox/report.ts";
import { present } from "../proxmox/snapshot.ts";
import { disownedMade } from "./made.ts";
import { officialReadProblem } from "./official-read.ts";
import { PartialFailure, UnreadVm } from "./partial-failure.ts";
import { printableValues } from "./printable-values.ts";
import { requireMade } from "./require-made.ts";
import { lastSeen, seenVolumes, volumesIn } from "./seen-volumes.ts";
import type { VmConfigInputs, VmConfigOutputs } from "./vm-config-inputs.ts";
import { declaredOf, inputsFrom, unknownValue } from "./vm-config-inputs.ts";
import { outputsOf, waitingAfter, waitingOf } from "./vm-config-outputs.ts";

/** Says something on the resource in the engine's output. */
export type Say = (severity: "info" | "warning", message: string) => void;

/** Every mistake in the inputs, by property path; nothing is asked of Proxmox. */
export function checkInputs(inputs: VmConfigInputs): { path: string; reason: string }[] {
  return [...anotherVm(inputs), ...checkDeclared(declaredOf(inputs))];
}

/** An entry's created VM cannot be exchanged: the new id may belong to anybody. */
function anotherVm({ vmid, creation }: VmConfigInputs): { path: string; reason: string }[] {
  if (creation === undefined || !/^\d+$/.test(creation) || Number(creation) === vmid) return [];
  const reason = `is not the id of the VM that this program created for the entry (got ${vmid}, created was ${creation}); allowed is ${creation}; write vmid: ${creation} back, and give another VM an entry of its own`;
  return [{ path: "vmid", reason }];
}

/** What changes between two declarations, by meaning; nothing is asked of Proxmox. */
export function diffInputs(olds: VmConfigInputs, news: VmConfigInputs): DeclaredDiff[] {
  return diffDeclared(declaredOf(olds), declaredOf(news));
}

/** Says what an entry does that gets another vmid: it gives up one VM and takes over another. */
export function sayOfAnotherVm(olds: VmConfigInputs, news: VmConfigInputs, say: Say): void {
  if (olds.vmid === news.vmid) return;
  say(
    "info",
    `vmid ${olds.vmid} => ${news.vmid} is another VM: VM ${news.vmid} is taken over, VM ${olds.vmid} stays as it is and its configuration is no longer owned`,
  );
}

/** What a refresh found: the declared keys as they are now, and the outputs. */
export interface ReadResult {
  readonly inputs: VmConfigInputs;
  readonly outputs: VmConfigOutputs;
}

/**
 * The VmConfig resource: owns exactly the declared keys of one VM's configuration.
 * Existence is not its business: it never creates, restarts or destroys a VM and never detaches a disk.
 */
export class VmConfigResource {
  readonly #api: VmApi;
  readonly #reader: VmReader;

  constructor(api: VmApi) {
    this.#api = api;
    this.#reader = new VmReader(api);
  }

  /** Takes a VM over: reads it and writes what differs; in a preview, says what that would be. */
  async create(inputs: VmConfigInputs, preview: boolean, say: Say): Promise<VmConfigOutputs> {
    if (preview && inputs.creation === unknownValue) return this.#previewOfNewVm(inputs, say);
    return preview ? this.#preview(inputs, say) : this.#apply(inputs, say);
  }

  /** Writes what differs between the declaration and the VM as it is; in a preview, says what that would be. */
  async update(
    olds: VmConfigOutputs,
    news: VmConfigInputs,
    preview: boolean,
    say: Say,
  ): Promise<VmConfigOutputs> {
    const disowned = diffInputs(olds, news).filter(({ kind }) => kind === "disown");
    const left = [...disowned.map(({ path }) => path), ...disownedMade(olds, news)];
    if (left.length > 0) say("info", `no longer owned, left as they are: ${left.join(", ")}`);
    await requireMade(this.#reader, olds, news, where(news));
    return preview ? this.#preview(news, say, olds) : this.#apply(news, say, olds);
  }

  /**
   * Reads the owned keys as they are; undefined when the VM is gone.
   *
   * @throws {UnreadVm} when its node does not answer, or another VM has its number, and the state knows the VM
   * @throws {Error} when the token may not see it
   */
  async read(
    inputs: VmConfigInputs,
    old: VmConfigOutputs | undefined,
    say: Say,
  ): Promise<ReadResult | undefined> {
    const live = await this.#reader.read(inputs.vmid, inputs.node).catch((error: unknown) => {
      if (old === undefined || !isNodeUnreachable(error)) throw error;
      throw new UnreadVm(new Error(unreachableNode(where(inputs), error)), inputs, old);
    });
    if (live === undefined) {
      await requireGone(this.#reader, inputs.vmid, where(inputs));
      say("warning", `VM ${inputs.vmid} is on no node any more`);
      return undefined;
    }
    if (old !== undefined) {
      try {
        requireSame(live, knownOf(inputs, old).identity, where(inputs));
      } catch (error) {
        // The creator of a created VM goes by the number alone: the run must end before it acts.
        throw inputs.creation === undefined ? new UnreadVm(error as Error, inputs, old) : error;
      }
    }
    const declared = declaredOf(inputs);
    const plan = planVm(declared, live.snapshot);
    const waits = waitingOf(inputs, live, plan.waiting, [], old);
    if (waits.waiting.length > 0) say("warning", waitingReport(waits.waiting));
    warnOfHeld(inputs, plan, say);
    warnOfOtherNode(inputs, live, say);
    const unreadable = inputs.creation !== undefined && officialReadProblem(live.snapshot);
    if (unreadable) say("warning", unreadable);
    const found = observeDeclared(declared, live.snapshot);
    // The engine prints what was found as it is.
    const observed = { ...inputs, ...printableValues(found, declared) };
    // A slot that is found empty is in no input any more, and is not forgotten for that.
    const before = lastSeen(inputs, old);
    const slots = Object.keys({ ...before.lastSeen, ...inputs.drives });
    const { emptied: _emptied, ...outputs } = outputsOf(observed, live, waits, old);
    return { inputs: observed, outputs: { ...outputs, ...seenVolumes(slots, live, before, []) } };
  }

  /**
   * What an import by id brings into the state: the VM, and no key of it, for nothing was declared.
   *
   * @throws when no node has the VM, or another node than the id names
   */
  async import({ vmid, node }: { vmid: number; node?: string }): Promise<ReadResult> {
    const inputs = inputsFrom({ vmid, ...(node !== undefined && { node }) });
    const live = await requireVm(this.#reader, declaredOf(inputs), where(inputs));
    if (node !== undefined && live.node !== node) {
      throw new Error(
        `VM ${vmid}: is on another node (got ${node}); allowed is ${live.node}; import ${live.node}/${vmid}`,
      );
    }
    return { inputs, outputs: outputsOf(inputs, live, { waiting: [], agreed: [] }, undefined) };
  }

  /**
   * Gives a VM up: says so, and writes nothing. Whether a created VM stays is its creator's matter, who goes by the
   * number alone, and comes after this.
   *
   * @throws when another VM has the number of one that was created, which its creator would destroy
   */
  async disown(old: VmConfigOutputs, say: Say): Promise<void> {
    const { vmid, creation, waiting } = old;
    const known = knownOf(old, old).identity;
    if (creation !== undefined && known !== undefined) {
      const live = await this.#reader.read(vmid, old.node);
      if (live !== undefined) requireSame(live, known, where(old));
    }
    const left =
      creation === undefined
        ? `VM ${vmid} stays as it is and its configuration is no longer owned`
        : `the configuration of VM ${vmid} is no longer owned`;
    say("info", `${left}; nothing was sent`);
    const unseen = waiting.filter(({ configured }) => configured);
    if (unseen.length > 0) {
      say("warning", `nothing says so any more from now on: ${waitingReport(unseen)}`);
    }
  }

  /** Who has an id, for the check before the official provider creates a VM under it. */
  async find(vmid: number): Promise<{ exists: false } | ({ exists: true } & IdHolder)> {
    const holder = await this.#reader.holder(vmid);
    return holder === undefined ? { exists: false } : { exists: true, ...holder };
  }

  /** Which names Proxmox does not have, for the check before the official provider creates a VM on a node. */
  missing(node: string, references: readonly Reference[]): Promise<Problem[]> {
    return missingNames(this.#api, node, references);
  }

  async #previewOfNewVm(inputs: VmConfigInputs, say: Say): Promise<VmConfigOutputs> {
    const holder = await this.#reader.holder(inputs.vmid);
    if (holder !== undefined) throw new Error(`${where(inputs)}: vmid ${takenId(inputs.vmid, holder)}`);
    say(
      "info",
      "would be created with its declared options; what the official provider cannot express (totals, lengths of bursts) would be written right after",
    );
    return { ...inputs, status: "stopped", waiting: [] };
  }

  async #preview(inputs: VmConfigInputs, say: Say, old?: VmConfigOutputs): Promise<VmConfigOutputs> {
    const declared = declaredOf(inputs);
    const { live, plan } = await requirePlan(
      this.#api,
      this.#reader,
      declared,
      where(inputs),
      knownOf(inputs, old),
    ).catch((error: unknown) => {
      throw explained(where(inputs), error);
    });
    if (old === undefined) warnOfOtherNode(inputs, live, say);
    say("info", previewReport(plan.changes, waitingOf(inputs, live, plan.waiting, [], old).waiting));
    const drives = drivesReport(plan.changes, volumesIn(inputs, live));
    if (drives !== undefined) say("info", drives);
    warnOfHeld(inputs, plan, say);
    if (plan.requests.length > 0) warnOfLock(live, say);
    return outputsOf(inputs, live, waitingOf(inputs, live, waitingAfter(plan), plan.changes, old), old);
  }

  async #apply(inputs: VmConfigInputs, say: Say, old?: VmConfigOutputs): Promise<VmConfigOutputs> {
    const { live, plan, written } = await converge(
      this.#api,
      this.#reader,
      declaredOf(inputs),
      where(inputs),
      knownOf(inputs, old),
    ).catch(async (error: unknown) => {
      throw await this.#remembering(error, inputs, old);
    });
    if (old === undefined) warnOfOtherNode(inputs, live, say);
    say("info", written.length === 0 ? nothingWasWritten : writtenReport(written));
    const waits = waitingOf(inputs, live, plan.waiting, written, old);
    if (waits.waiting.length > 0) say("warning", waitingReport(waits.waiting));
    warnOfHeld(inputs, plan, say);
    return outputsOf(inputs, live, waits, old, written);
  }

  /** The error of a write that stopped midway, with what must be saved of it where nobody could see it later. */
  async #remembering(
    error: unknown,
    inputs: VmConfigInputs,
    old: VmConfigOutputs | undefined,
  ): Promise<unknown> {
    if (!(error instanceof ConvergenceError)) return error;
    const unseen = [...error.written, ...error.doubtful].filter(({ effect }) => effect === "invisible");
    if (unseen.length === 0) return error;
    const live = await this.#reader.read(inputs.vmid, inputs.node).catch(() => undefined);
    if (live === undefined || isAnother(knownOf(inputs, old).identity, identityOf(live.snapshot)))
      return error;
    const { waiting } = planVm(declaredOf(inputs), live.snapshot);
    const waits = waitingOf(inputs, live, waiting, unseen, old);
    const outputs = outputsOf(inputs, live, waits, old, error.written);
    return new PartialFailure(error, outputs);
  }
}

/** What the state knows of the VM that an entry means; a uuid that the program itself writes says nothing. */
function knownOf(inputs: VmConfigInputs, old: VmConfigOutputs | undefined): KnownVm {
  const seen = lastSeen(inputs, old);
  if (old?.identity === undefined || old.vmid !== inputs.vmid) return seen;
  const { uuid, ...rest } = old.identity;
  const isOwnUuid = inputs.options.smbios1 !== undefined;
  return { ...seen, identity: { ...rest, ...(uuid !== undefined && !isOwnUuid && { uuid }) } };
}

function isNodeUnreachable(error: unknown): error is ProxmoxError {
  return error instanceof ProxmoxError && error.isNodeUnreachable;
}

function warnOfOtherNode(inputs: VmConfigInputs, live: LiveVm, say: Say): void {
  if (inputs.node === undefined || inputs.node === live.node) return;
  say("warning", `declared on node ${inputs.node}, found on ${live.node}; it is configured where it is`);
}

function warnOfHeld({ vmid }: VmConfigInputs, { held }: Plan, say: Say): void {
  for (const one of held) say("warning", heldReport(vmid, one));
}

function warnOfLock({ snapshot }: LiveVm, say: Say): void {
  const lock = present(snapshot, "lock");
  if (lock === undefined) return;
  say("warning", `locked by Proxmox (${printable(lock)}): no write is possible before that has ended`);
}

function where(declared: DeclaredVm): string {
  return `VM ${declared.vmid}`;
}
