import type { Control } from "../../demo/control.ts";
import type { ProviderProcess } from "../provider/provider-process.ts";
import { isExplained } from "./explained.ts";
import type { Hand } from "./hand.ts";
import { runHeld } from "./held-run.ts";
import { lostVolumes, RacedVm, unknownRequests, writesTo } from "./raced-vm.ts";
import type { Act, Script, Step } from "./script.ts";
import { look, withParts } from "./view.ts";
import type { Finding } from "./witness.ts";
import { Witness } from "./witness.ts";

/** What a round showed. */
export interface RoundResult {
  readonly findings: readonly Finding[];
  /** Writes of ours that Proxmox took. */
  readonly writes: number;
  /** Convergences that ended with an error that its script explains. */
  readonly refusals: number;
}

/** The VM that every round makes for itself and removes. */
const vmid = 500;
const vmPath = `/nodes/pve/qemu/${vmid}`;

/** Where rounds take place. */
export interface Place {
  readonly control: Control;
  readonly hand: Hand;
  readonly provider: ProviderProcess;
}

/** One round through the provider's own process: a VM is made, raced for, judged and removed. */
export async function processRound(place: Place, script: Script): Promise<RoundResult> {
  const { control, hand } = place;
  const witness = new Witness();
  await make(hand, script);
  try {
    const disks = script.disks.map((slot, disk): Act => ({ act: "attach", disk, slot }));
    await hand.perform(vmid, disks, witness);
    let findings: Finding[] = [];
    let writes = 0;
    let refusals = 0;
    let olds: Record<string, unknown> | undefined;
    for (const step of script.steps) {
      const result = await takeStep(place, witness, step, olds);
      olds = result.outputs;
      findings = [...findings, ...result.findings, ...(await lostVolumes(hand, witness))];
      writes += result.writes;
      refusals += result.refused ? 1 : 0;
      if (findings.length > 0) break;
    }
    return { findings, writes, refusals };
  } finally {
    await control.endHolds();
    await hand.api("POST", `${vmPath}/status/stop`);
    await hand.must("DELETE", vmPath, undefined);
    await hand.removeNeighbours();
    await control.forget();
  }
}

async function make(hand: Hand, { running, scsi0, scsi1 }: Script): Promise<void> {
  await hand.must("POST", "/nodes/pve/qemu", {
    vmid: String(vmid),
    name: "raced",
    cores: "2",
    memory: "2048",
    scsihw: "virtio-scsi-pci",
    net0: "virtio=BC:24:11:00:05:00,bridge=vmbr0,tag=10",
    net1: "virtio=BC:24:11:00:05:01,bridge=vmbr1,firewall=1",
    scsi0: withParts("scsi0", "local-lvm:8", scsi0),
    scsi1: withParts("scsi1", "local-lvm:4", scsi1),
    boot: "order=scsi0",
  });
  if (running) await hand.must("POST", `${vmPath}/status/start`);
}

interface StepResult {
  readonly findings: readonly Finding[];
  readonly writes: number;
  readonly refused: boolean;
  readonly outputs: Record<string, unknown> | undefined;
}

async function takeStep(
  { control, hand, provider }: Place,
  witness: Witness,
  step: Step,
  olds: Record<string, unknown> | undefined,
): Promise<StepResult> {
  const inputs = { vmid, ...step.declaration };
  const apply = (preview: boolean) =>
    olds === undefined ? provider.create(inputs, preview) : provider.update(olds, inputs, preview);
  await control.forget();
  witness.begin(step.declaration, await look(control, vmid));
  await hand.perform(vmid, step.before, witness);
  // A preview of what cannot be done says so; what matters here is that it only reads.
  await apply(true).catch(() => undefined);
  if (step.refresh && olds !== undefined) await provider.read(inputs, olds);
  await hand.perform(vmid, step.between, witness);
  const early = await writesTo(control, vmid);
  const findings: Finding[] =
    early.length === 0 ? [] : [{ kind: "write", text: "a preview or refresh wrote" }];
  await control.forget();
  const racedVm = await RacedVm.start(control, hand, vmid, witness, step);
  const outcome = await runHeld(
    control,
    [vmid],
    () => apply(false),
    (held) => racedVm.act(held),
  ).then(
    (outputs) => ({ outputs }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  const raced = await racedVm.end();
  const view = await look(control, vmid);
  const others = witness.others(view);
  findings.push(...raced.findings, ...(await unknownRequests(control)), ...others);
  if ("error" in outcome) {
    if (!isExplained(outcome.error, step.declaration, raced, witness, view)) {
      findings.push({ kind: "error", text: `nothing in the script explains: ${outcome.error}` });
    }
    return { findings, writes: raced.accepted, refused: true, outputs: olds };
  }
  findings.push(...witness.declared(view));
  if (findings.length === 0) {
    await control.forget();
    await provider.update(outcome.outputs, inputs);
    const [idle] = await writesTo(control, vmid);
    if (idle) findings.push({ kind: "write", text: `written again: ${JSON.stringify(idle.body)}` });
  }
  return { findings, writes: raced.accepted, refused: false, outputs: outcome.outputs };
}
