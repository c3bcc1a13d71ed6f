import { join } from "node:path";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { printable } from "../../proxmox/printable.ts";
import { nodeApiSteps, qemuApiSteps } from "./api-steps.ts";
import { Bundle, type WriteFile } from "./bundle.ts";
import type { Host } from "./host.ts";
import type { Manifest } from "./manifest.ts";
import { lackingSteps } from "./manifest.ts";
import type { Mask } from "./mask.ts";
import { processSteps } from "./process-steps.ts";
import { qmpSteps, withoutHost } from "./qmp-steps.ts";
import { runStep, type Step, type StepRecord, type StepResult } from "./step.ts";
import { isSameProcess, processStateOf, type VmProcess } from "./vm-process.ts";

/** What is captured, from where, and to where. */
export interface CaptureOptions {
  readonly client: Pick<ProxmoxClient, "get" | "post" | "endpoint">;
  readonly vm: { readonly vmid: number; readonly name: string; readonly node: string };
  /** Where QEMU runs, if it can be reached. */
  readonly host?: Host;
  /** @default Proxmox's: /var/run/qemu-server/VMID.qmp */
  readonly qmpPath?: string;
  /** @default what Proxmox says */
  readonly pid?: number;
  /** Folder in which the bundle is made. */
  readonly out: string;
  readonly mask: Mask;
  readonly now: () => Date;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Milliseconds between two samples of the drives' counters. @default 5000 */
  readonly sampleGap?: number;
  /** Aborted when the user ends it: what was captured stays, marked as not complete. */
  readonly signal: AbortSignal;
  /** Files to keep in the bundle as well: logs, read by name. */
  readonly more?: readonly Step[];
  /** Told of every step that ended. */
  readonly onStep?: (record: StepRecord) => unknown;
  readonly write?: WriteFile;
}

/** A bundle that was written. */
export interface Captured {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Captures all that can be had of a VM, whatever fails on the way, into a new folder. What asks QEMU is done one
 * after another, and gdb last, since QEMU answers nobody while gdb holds it.
 *
 * @throws {Error} when the folder or its manifest cannot be written
 */
export async function capture(options: CaptureOptions): Promise<Captured> {
  const { vm, host, now, signal } = options;
  const started = now();
  const folder = join(options.out, `autopsy-${vm.vmid}-${started.toISOString().replace(/[-:]|\.\d+/g, "")}`);
  const head = {
    vm,
    endpoint: options.client.endpoint,
    started: started.toISOString(),
    ...(host && { host: host.label }),
  };
  const bundle = await Bundle.create(folder, head, options.mask, options.write);
  const doStep = (step: Step) => perform(bundle, step, options);

  const steps = stepsOf(options, () => options.pid ?? bundle.manifest.process?.pid);
  noteBeginning(bundle, await doStep(steps.status), options);
  const atQemu = async () => {
    for (const step of steps.atQemu) await doStep(step);
    return noteEnd(bundle, await runStep(steps.status, signal), options);
  };
  const [sameProcess] = await Promise.all([atQemu(), ...steps.independent.map(doStep)]);
  if (signal.aborted) bundle.remark("The capture was ended by hand before its end.");
  const lacking = lackingSteps(bundle.manifest);
  for (const { name, outcome, reason } of lacking) bundle.remark(`${name}: ${outcome}: ${reason}`);
  if (host === undefined) bundle.remark(noBacktrace(vm));
  await bundle.finish(lacking.length === 0 && sameProcess && !signal.aborted, now());
  return { folder, manifest: bundle.manifest };
}

interface Steps {
  readonly status: Step;
  readonly atQemu: readonly Step[];
  readonly independent: readonly Step[];
}

function stepsOf(options: CaptureOptions, pid: () => number | undefined): Steps {
  const { client, vm, host, now, sleep, sampleGap = 5_000, more = [] } = options;
  const api = { client, node: vm.node, vmid: vm.vmid, now, sleep, sampleGap };
  const { status, rest } = qemuApiSteps(api);
  const independent = [...nodeApiSteps(api), ...more];
  const qmpPath = options.qmpPath ?? `/var/run/qemu-server/${vm.vmid}.qmp`;
  const there: Host = host ?? nowhere;
  const known = async () => {
    const id = pid() ?? (await pidOfHost(there, vm.vmid));
    if (id === undefined) throw new Error("no process is known: Proxmox names none (--pid PID)");
    return id;
  };
  const { before, trace } = processSteps({ host: there, pid: known, vmid: vm.vmid, qmpPath });
  const qmp = qmpSteps({ host: there, path: qmpPath, now, sleep, sampleGap });
  const hostSteps = host === undefined ? withoutHost([...before, ...qmp, trace], hostHint(vm)) : undefined;
  const atQemu = hostSteps === undefined ? [...before, ...qmp, ...rest, trace] : [...rest, ...hostSteps];
  return { status, atQemu, independent };
}

/** Where Proxmox keeps it; for when the API does not answer. */
async function pidOfHost(host: Host, vmid: number): Promise<number | undefined> {
  const { stdout } = await host.run(
    ["cat", `/var/run/qemu-server/${vmid}.pid`],
    5,
    AbortSignal.timeout(8_000),
  );
  return /^\d+$/.test(stdout.trim()) ? Number(stdout) : undefined;
}

const nowhere: Host = {
  label: "",
  run: () => Promise.reject(new Error("no host")),
  connect: () => {
    throw new Error("no host");
  },
};

function hostHint({ node }: CaptureOptions["vm"]): string {
  return `needs the node ${printable(node)} itself: run there with --host, or with --ssh root@${printable(node)}`;
}

function noBacktrace({ vmid, node }: CaptureOptions["vm"]): string {
  return `The backtrace of the QEMU process and its QMP state are not in here: the API cannot give them. Get them with fleet autopsy ${vmid} --ssh root@${node}, before the VM is stopped.`;
}

async function perform(bundle: Bundle, step: Step, options: CaptureOptions): Promise<StepResult> {
  const started = options.now();
  const result = await runStep(step, options.signal);
  options.onStep?.(await bundle.add(step, result, started, options.now));
  return result;
}

/** The process of an answer of `status/current`. */
function processOf(result: StepResult, { now }: CaptureOptions): VmProcess | undefined {
  return result.outcome === "captured" ? processStateOf(result.content, now())?.process : undefined;
}

/** Which process the bundle is about. */
function noteBeginning(bundle: Bundle, status: StepResult, options: CaptureOptions): void {
  const { vm, pid } = options;
  const process = processOf(status, options);
  if (process !== undefined) bundle.about(process);
  else if (status.outcome === "captured") {
    bundle.remark(`VM ${vm.vmid} does not run: there is no process to look at.`);
  }
  if (pid !== undefined && process !== undefined && process.pid !== pid) {
    bundle.remark(`The process was named by hand (--pid ${pid}); Proxmox says ${process.pid}.`);
  }
}

/** Whether the VM is still the one that the capture began with, as far as Proxmox says. */
function noteEnd(bundle: Bundle, status: StepResult, options: CaptureOptions): boolean {
  const before = bundle.manifest.process;
  if (before === undefined || status.outcome !== "captured") return true;
  const after = processOf(status, options);
  if (after !== undefined && isSameProcess(before, after)) return true;
  bundle.remark(
    after === undefined
      ? `The VM stopped while it was captured: process ${before.pid} is gone.`
      : `The VM was restarted while it was captured: process ${before.pid} is now ${after.pid}.`,
  );
  return false;
}
