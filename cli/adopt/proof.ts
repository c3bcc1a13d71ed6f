import { nothingWasWritten, nothingWouldBeWritten } from "../../proxmox/report.ts";
import type { Surroundings } from "../surroundings.ts";
import { runEngine } from "./engine.ts";
import { engineWords, firstError } from "./engine-words.ts";

/** What the engine said of one VM. */
export interface ProvedVm {
  readonly key: string;
  /** What an `up` would write, one line a key. */
  readonly changes: readonly string[];
  /** Its resources are in the stack's state, and nothing was written for that. */
  readonly applied: boolean;
}

/** How far the proof went. */
export interface Proof {
  readonly proved: boolean;
  readonly vms: readonly ProvedVm[];
  /** Why it is no proof. */
  readonly problem?: string;
}

/** The two steps of the proof, each on the adopted VMs alone. */
export interface ProofSteps {
  readonly stack: string;
  readonly keys: readonly string[];
  readonly progress: (text: string) => void;
  /** Whether to go on to the `up`. */
  readonly mayApply: () => Promise<boolean>;
}

/**
 * Proves an adoption with the real engine: a preview in which no key of any adopted VM changes, then an `up` of
 * these VMs by a provider that cannot write.
 */
export async function proveAdoption(steps: ProofSteps, surroundings: Surroundings): Promise<Proof> {
  const { stack, keys, progress, mayApply } = steps;
  const targets = keys.flatMap(targetsOf);
  const run = (args: readonly string[]) =>
    runEngine([...args, "--stack", stack, "--json", ...targets], surroundings);

  progress("runs pulumi preview");
  const preview = await run(["preview"]);
  const previewed = engineWords(preview);
  if (preview.code !== 0) return failed([], `pulumi preview: ${firstError(previewed, preview)}`);
  const vms = keys.map((key) => ({ key, changes: changesIn(previewed.ofVms.get(key)), applied: false }));
  const changing = vms.filter(({ changes }) => changes.length > 0);
  if (changing.length > 0) {
    return failed(vms, `the preview would write to ${changing.map(({ key }) => key).join(", ")}`);
  }
  if (!(await mayApply())) return failed(vms, "pulumi up was not confirmed");

  progress("runs pulumi up, with writing switched off");
  const up = await run(["up", "--yes", "--skip-preview"]);
  const done = engineWords(up);
  const applied = vms.map((vm) => ({ ...vm, applied: isApplied(done.ofVms.get(vm.key)) }));
  if (up.code !== 0) return failed(applied, `pulumi up: ${firstError(done, up)}`);
  const missing = applied.filter((vm) => !vm.applied);
  if (missing.length > 0) {
    return failed(applied, `pulumi up said nothing of ${missing.map(({ key }) => key).join(", ")}`);
  }
  return { proved: true, vms: applied };
}

/** The component of a VM and its configuration; patterns, since the project's name is not ours to know. */
function targetsOf(key: string): string[] {
  const types = ["proxmoxfleet:index:Vm", "proxmoxfleet:index:Vm$proxmoxfleet:index:VmConfig"];
  return types.flatMap((type) => ["--target", `**::${type}::${key}`]);
}

/** The lines of `would write ...`; a VM of which nothing is said is no VM of which nothing would be written. */
function changesIn(said: readonly string[] | undefined): string[] {
  if (said?.some((message) => message.startsWith(nothingWouldBeWritten))) return [];
  const lines = (said ?? []).flatMap((message) => message.split("\n").slice(1));
  return lines.length > 0 ? lines.map((line) => line.trim()) : ["the preview says nothing of it"];
}

function isApplied(said: readonly string[] | undefined): boolean {
  return said?.includes(nothingWasWritten) ?? false;
}

function failed(vms: readonly ProvedVm[], problem: string): Proof {
  return { proved: false, vms, problem };
}
