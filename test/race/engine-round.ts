import fc from "fast-check";
import { Sandbox } from "../../demo/sandbox.ts";
import { stackOf } from "../e2e/fleet-file.ts";
import type { Declaration } from "./declaration.ts";
import { isExplained } from "./explained.ts";
import { Hand } from "./hand.ts";
import { runHeld } from "./held-run.ts";
import type { RoundResult } from "./process-round.ts";
import { lostVolumes, RacedVm, unknownRequests, writesTo } from "./raced-vm.ts";
import { type Acts, anyActs } from "./script.ts";
import { isForeignVolume, look } from "./view.ts";
import type { Finding } from "./witness.ts";
import { Witness } from "./witness.ts";

/** What the stack file says of one VM in one round, and what others do to the VM meanwhile. */
interface EngineVm extends Acts {
  readonly readMiBps: number;
  readonly writeMiBps: number;
  readonly cores?: number;
  readonly description?: string;
  readonly aio?: "threads" | "io_uring";
}

/** A round of the engine: preview and up of three Kubernetes nodes, one of them without caps at first. */
export interface EngineScript {
  readonly vms: Readonly<Record<string, EngineVm>>;
  /** Whether this round's stack file adds a VM to be created beside them. */
  readonly creates: boolean;
}

const vmids = [202, 203, 205];

const engineVm: fc.Arbitrary<EngineVm> = fc
  .record({
    acts: anyActs,
    readMiBps: fc.constantFrom(100, 150, 170),
    writeMiBps: fc.constantFrom(90, 120),
    cores: fc.option(fc.constantFrom(6, 8), { nil: undefined }),
    description: fc.option(fc.constantFrom("a node", "the node"), { nil: undefined }),
    aio: fc.option(fc.constantFrom("threads" as const, "io_uring" as const), { nil: undefined }),
  })
  .map(({ acts, readMiBps, writeMiBps, cores, description, aio }) => ({
    ...acts,
    readMiBps,
    writeMiBps,
    ...(cores !== undefined && { cores }),
    ...(description !== undefined && { description }),
    ...(aio !== undefined && { aio }),
  }));

/** A round of the engine. */
export const anyEngineScript: fc.Arbitrary<EngineScript> = fc.record({
  vms: fc.record(Object.fromEntries(vmids.map((vmid) => [vmid, engineVm]))),
  creates: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

interface Vm {
  readonly vmid: number;
  readonly script: EngineVm;
  readonly witness: Witness;
}

/** The real engine with the real providers on one estate that all rounds share. */
export class EngineArena implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  readonly #hand: Hand;
  readonly #witnesses: ReadonlyMap<number, Witness>;
  #created = 0;

  private constructor(sandbox: Sandbox, hand: Hand, witnesses: ReadonlyMap<number, Witness>) {
    this.#sandbox = sandbox;
    this.#hand = hand;
    this.#witnesses = witnesses;
  }

  static async open(): Promise<EngineArena> {
    const sandbox = await Sandbox.open({ stackFile: stackOf({}) });
    const witnesses = new Map<number, Witness>();
    for (const vmid of vmids) {
      const witness = new Witness();
      for (const [slot, text] of Object.entries((await look(sandbox.control, vmid)).config)) {
        if (isForeignVolume(text)) witness.foreign.set(slot, text);
      }
      witnesses.set(vmid, witness);
    }
    return new EngineArena(sandbox, new Hand(sandbox.control, sandbox.emulator), witnesses);
  }

  /** One round: the stack file, a preview, an up while others act, and the verdict on every VM. */
  async round({ vms: scripts, creates }: EngineScript): Promise<RoundResult> {
    const { control } = this.#sandbox;
    const vms = vmids.flatMap((vmid): Vm[] => {
      const script = scripts[vmid];
      const witness = this.#witnesses.get(vmid);
      return script && witness ? [{ vmid, script, witness }] : [];
    });
    if (creates) this.#created += 1;
    this.#writeStack(vms);
    await control.forget();
    const findings: Finding[] = [];
    for (const { vmid, script, witness } of vms) {
      witness.begin(declarationOf(script), await look(control, vmid));
      await this.#hand.perform(vmid, script.before, witness);
    }
    const preview = await this.#sandbox.pulumi(["preview"]);
    if (preview.code !== 0) findings.push({ kind: "error", text: `the preview failed: ${preview.output}` });
    for (const { vmid, script, witness } of vms) {
      if ((await writesTo(control, vmid)).length > 0)
        findings.push({ kind: "write", text: "a preview wrote" });
      await this.#hand.perform(vmid, script.between, witness);
    }
    const { errors, writes } = await this.#up(vms, findings);
    await this.#hand.removeNeighbours();
    return { findings, writes, refusals: errors };
  }

  async #up(vms: readonly Vm[], findings: Finding[]): Promise<{ errors: number; writes: number }> {
    const { control } = this.#sandbox;
    await control.forget();
    const raced = new Map<number, RacedVm>();
    for (const { vmid, script, witness } of vms) {
      raced.set(vmid, await RacedVm.start(control, this.#hand, vmid, witness, script));
    }
    const up = await runHeld(
      control,
      vmids,
      () => this.#sandbox.pulumi(["up", "--yes", "--skip-preview"]),
      async (held) => await raced.get(held.vmid)?.act(held),
    );
    findings.push(...(await unknownRequests(control)));
    let writes = 0;
    let isExplainedError = false;
    for (const { vmid, script, witness } of vms) {
      const result = await raced.get(vmid)?.end();
      if (result === undefined) continue;
      const view = await look(control, vmid);
      writes += result.accepted;
      isExplainedError ||= isExplained(up.output, declarationOf(script), result, witness, view);
      const found = [
        ...result.findings,
        ...witness.others(view),
        ...(await lostVolumes(this.#hand, witness)),
      ];
      if (up.code === 0) found.push(...witness.declared(view));
      findings.push(...found.map(({ kind, text }) => ({ kind, text: `VM ${vmid}: ${text}` })));
    }
    if (up.code !== 0 && !isExplainedError) {
      findings.push({ kind: "error", text: `nothing in the script explains: ${up.output}` });
    }
    if (up.code === 0) findings.push(...(await this.#missing()));
    return { errors: Number(up.code !== 0), writes };
  }

  /** VMs that were to be created and are not there. */
  async #missing(): Promise<Finding[]> {
    const there = (await this.#hand.must("GET", "/cluster/resources?type=vm")) as { vmid: number }[];
    const wanted = Array.from({ length: this.#created }, (_, index) => createdVmid(index + 1));
    return wanted
      .filter((vmid) => there.every((vm) => vm.vmid !== vmid))
      .map((vmid): Finding => ({ kind: "declared", text: `VM ${vmid} was not created` }));
  }

  #writeStack(vms: readonly Vm[]): void {
    const nodes = vms.map(({ vmid, script }) => [`node${vmid}`, entryOf(vmid, script)] as const);
    const created = Array.from({ length: this.#created }, (_, index) => {
      const vmid = createdVmid(index + 1);
      return [`created${vmid}`, newVm(vmid)] as const;
    });
    this.#sandbox.writeStack(this.#withSalt(stackOf(Object.fromEntries([...nodes, ...created]))));
  }

  /** The engine keeps the salt of its secrets in the stack file. */
  #withSalt(stack: string): string {
    const salt = /^encryptionsalt:.*$/m.exec(this.#sandbox.readStack());
    return salt === null ? stack : `${salt[0]}\n${stack}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hand[Symbol.asyncDispose]();
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

function createdVmid(count: number): number {
  return 600 + count;
}

function newVm(vmid: number): object {
  return {
    vmid,
    create: { blank: { datastore: "local-lvm" } },
    cpu: { cores: 1 },
    memoryMiB: 512,
    nics: { net0: { bridge: "vmbr1" } },
    drives: { scsi0: { sizeGiB: 1, caps: { readMiBps: 80, writeMiBps: 60 } } },
  };
}

function entryOf(vmid: number, { readMiBps, writeMiBps, cores, description, aio }: EngineVm): object {
  return {
    vmid,
    ...(cores !== undefined && { cpu: { cores } }),
    ...(description !== undefined && { description }),
    drives: { scsi0: { ...(aio && { aio }), caps: { readMiBps, writeMiBps } } },
    foreignSlots: "scsi1-29",
  };
}

/** The same in Proxmox's keys, said here on its own and not by the translation that is under test. */
function declarationOf({ readMiBps, writeMiBps, cores, description, aio }: EngineVm): Declaration {
  return {
    options: { ...(cores !== undefined && { cores }), ...(description !== undefined && { description }) },
    drives: { scsi0: { mbps_rd: readMiBps, mbps_wr: writeMiBps, ...(aio && { aio }) } },
    nics: {},
    foreignSlots: ["scsi1-29"],
  };
}
