import type { VmApi } from "../proxmox/api/vm-api.ts";
import type { LiveVm } from "../proxmox/api/vm-reader.ts";
import { VmReader } from "../proxmox/api/vm-reader.ts";
import { checkDeclared } from "../proxmox/check-declared.ts";
import { converge, requirePlan, requireVm } from "../proxmox/converge/converge.ts";
import type { DeclaredVm } from "../proxmox/declared.ts";
import type { DeclaredDiff } from "../proxmox/diff-declared.ts";
import { diffDeclared } from "../proxmox/diff-declared.ts";
import { observeDeclared } from "../proxmox/observe.ts";
import type { Change, Plan } from "../proxmox/plan.ts";
import { planVm } from "../proxmox/plan.ts";
import { printable } from "../proxmox/printable.ts";
import {
  nothingWasWritten,
  previewReport,
  type Waiting,
  waitingReport,
  writtenReport,
} from "../proxmox/report.ts";
import { officialReadProblem } from "./official-read.ts";
import { printableValues } from "./printable-values.ts";
import type { VmConfigInputs, VmConfigOutputs } from "./vm-config-inputs.ts";
import { declaredOf, unknownValue } from "./vm-config-inputs.ts";

/** Says something on the resource in the engine's output. */
export type Say = (severity: "info" | "warning", message: string) => void;

/** Every mistake in the inputs, by property path; nothing is asked of Proxmox. */
export function checkInputs(inputs: VmConfigInputs): { path: string; reason: string }[] {
  return checkDeclared(declaredOf(inputs));
}

/** What changes between two declarations, by meaning; nothing is asked of Proxmox. */
export function diffInputs(olds: VmConfigInputs, news: VmConfigInputs): DeclaredDiff[] {
  return diffDeclared(declaredOf(olds), declaredOf(news));
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
    if (disowned.length > 0) {
      say("info", `no longer owned, left as they are: ${disowned.map(({ path }) => path).join(", ")}`);
    }
    return preview ? this.#preview(news, say, olds) : this.#apply(news, say, olds);
  }

  /** Reads the owned keys as they are; undefined when the VM is gone. */
  async read(
    inputs: VmConfigInputs,
    old: VmConfigOutputs | undefined,
    say: Say,
  ): Promise<ReadResult | undefined> {
    const live = await this.#reader.read(inputs.vmid, inputs.node);
    if (live === undefined) {
      say("warning", `VM ${inputs.vmid} is on no node any more`);
      return undefined;
    }
    const declared = declaredOf(inputs);
    const { waiting } = planVm(declared, live.snapshot);
    if (waiting.length > 0) say("warning", waitingReport(waiting));
    const unreadable = inputs.creation !== undefined && officialReadProblem(live.snapshot);
    if (unreadable) say("warning", unreadable);
    const found = observeDeclared(declared, live.snapshot);
    // The engine prints what was found as it is.
    const observed = { ...inputs, ...printableValues(found, declared) };
    return { inputs: observed, outputs: outputsOf(observed, live, waiting, old) };
  }

  /** Gives a VM up: says so, and asks nothing of Proxmox. Whether a created VM stays is its creator's matter. */
  disown(inputs: VmConfigInputs, say: Say): void {
    const { vmid, creation } = inputs;
    const left =
      creation === undefined
        ? `VM ${vmid} stays as it is and its configuration is no longer owned`
        : `the configuration of VM ${vmid} is no longer owned`;
    say("info", `${left}; nothing was sent`);
  }

  /** Whether a VM exists, for the check before the official provider creates one. */
  async find(vmid: number): Promise<{ exists: boolean; node?: string; name?: string }> {
    const located = await this.#reader.locate(vmid);
    if (located === undefined) return { exists: false };
    const { node, name } = located;
    return { exists: true, node, ...(name !== undefined && { name }) };
  }

  async #previewOfNewVm(inputs: VmConfigInputs, say: Say): Promise<VmConfigOutputs> {
    const located = await this.#reader.locate(inputs.vmid);
    if (located !== undefined) {
      throw new Error(
        `${where(inputs)}: a VM with this id exists already (got ${located.name ?? "no name"} on ${located.node}); allowed with create: is an id that no VM has; take create: out to adopt the VM, or choose another vmid`,
      );
    }
    say(
      "info",
      "would be created with its declared options; what the official provider cannot express (totals, lengths of bursts) would be written right after",
    );
    return { ...inputs, status: "stopped", waiting: [] };
  }

  async #preview(inputs: VmConfigInputs, say: Say, old?: VmConfigOutputs): Promise<VmConfigOutputs> {
    const declared = declaredOf(inputs);
    const live = await requireVm(this.#reader, declared, where(inputs));
    const plan = requirePlan(declared, live, where(inputs));
    warnOfOtherNode(inputs, live, say);
    say("info", previewReport(plan.changes, plan.waiting));
    return outputsOf(inputs, live, waitingAfter(plan), old);
  }

  async #apply(inputs: VmConfigInputs, say: Say, old?: VmConfigOutputs): Promise<VmConfigOutputs> {
    const { live, plan, written } = await converge(
      this.#api,
      this.#reader,
      declaredOf(inputs),
      where(inputs),
    );
    warnOfOtherNode(inputs, live, say);
    say("info", written.length === 0 ? nothingWasWritten : writtenReport(written));
    if (plan.waiting.length > 0) say("warning", waitingReport(plan.waiting));
    return outputsOf(inputs, live, plan.waiting, old);
  }
}

/** What will wait once the plan is written: what waits already, and its cold changes. */
function waitingAfter(plan: Plan): Change[] {
  return [...plan.waiting, ...plan.changes.filter(({ effect }) => effect === "cold")];
}

function outputsOf(
  inputs: VmConfigInputs,
  live: LiveVm,
  waiting: readonly Change[],
  old: VmConfigOutputs | undefined,
): VmConfigOutputs {
  const startedAt = steadyStart(old?.startedAt, live.startedAt);
  return {
    ...inputs,
    status: live.status,
    waiting: waiting.map(
      ({ path, from, to }): Waiting => ({ path, to, ...(from !== undefined && { from: printable(from) }) }),
    ),
    ...(live.qemuVersion !== undefined && { qemuVersion: live.qemuVersion }),
    ...(startedAt !== undefined && { startedAt }),
  };
}

/** Uptime counts whole seconds, so the same start is seen a second apart: keep what was said before. */
function steadyStart(before: string | undefined, now: string | undefined): string | undefined {
  if (before === undefined || now === undefined) return now;
  return Math.abs(Date.parse(before) - Date.parse(now)) <= 5_000 ? before : now;
}

function warnOfOtherNode(inputs: VmConfigInputs, live: LiveVm, say: Say): void {
  if (inputs.node === undefined || inputs.node === live.node) return;
  say("warning", `declared on node ${inputs.node}, found on ${live.node}; it is configured where it is`);
}

function where(declared: DeclaredVm): string {
  return `VM ${declared.vmid}`;
}
