import type { Control, RecordedRequest } from "../../demo/control.ts";
import type { Hand } from "./hand.ts";
import type { Held } from "./held-run.ts";
import type { Step } from "./script.ts";
import { look, type View } from "./view.ts";
import type { Finding, Witness } from "./witness.ts";

/** How our writing of one VM went among other hands. */
export interface Raced {
  readonly findings: readonly Finding[];
  /** Writes that Proxmox took. */
  readonly accepted: number;
  readonly refused: number;
}

/** One VM while an operation of ours runs: acts at each held request, and what each write of ours changed. */
export class RacedVm {
  readonly #control: Control;
  readonly #hand: Hand;
  readonly #vmid: number;
  readonly #witness: Witness;
  readonly #step: Pick<Step, "atRead" | "atWrite">;
  readonly #counts = { read: 0, write: 0 };
  /** Growths that had failed before our operation. */
  readonly #failedBefore: number;
  #before: View;
  #isAfterWrite = false;
  /** Writes of ours after which the VM was another. */
  #effective = 0;
  /** Writes of ours that came after somebody else's. */
  #late = 0;

  private constructor(
    control: Control,
    hand: Hand,
    vmid: number,
    witness: Witness,
    step: Pick<Step, "atRead" | "atWrite">,
    view: View,
    failedBefore: number,
  ) {
    this.#control = control;
    this.#hand = hand;
    this.#vmid = vmid;
    this.#witness = witness;
    this.#step = step;
    this.#before = view;
    this.#failedBefore = failedBefore;
  }

  /** Looks at the VM as it is before our operation; the record of requests must be empty then. */
  static async start(
    control: Control,
    hand: Hand,
    vmid: number,
    witness: Witness,
    step: Pick<Step, "atRead" | "atWrite">,
  ): Promise<RacedVm> {
    const view = await look(control, vmid);
    witness.beginWrites(view);
    return new RacedVm(control, hand, vmid, witness, step, view, await failedGrowths(hand, vmid));
  }

  /** What the script has for the moment before this request takes effect. */
  async act({ kind }: Held): Promise<void> {
    const arrived = await this.#lookAtWrite();
    const acts = (kind === "read" ? this.#step.atRead : this.#step.atWrite)[this.#counts[kind]] ?? [];
    this.#counts[kind] += 1;
    await this.#hand.perform(this.#vmid, acts, this.#witness);
    this.#before = acts.length === 0 ? arrived : await look(this.#control, this.#vmid);
    if (kind === "write" && this.#before.digest !== arrived.digest) this.#late += 1;
    this.#isAfterWrite = kind === "write";
  }

  /** Judges what we wrote, once the operation has ended. */
  async end(): Promise<Raced> {
    await this.#lookAtWrite();
    const requests = await writesTo(this.#control, this.#vmid);
    // Proxmox takes every growth and looks at its digest in the task.
    const failed = (await failedGrowths(this.#hand, this.#vmid)) - this.#failedBefore;
    const accepted = requests.filter(({ status }) => status === 200).length - failed;
    const refused = requests.length - accepted;
    const counts = { accepted, refused, effective: this.#effective, late: this.#late };
    return { findings: this.#witness.writes(requests, counts), accepted, refused };
  }

  async #lookAtWrite(): Promise<View> {
    const view = await look(this.#control, this.#vmid);
    if (this.#isAfterWrite && view.digest !== this.#before.digest) this.#effective += 1;
    this.#isAfterWrite = false;
    return view;
  }
}

/** Our writes of a VM's configuration since the record was cleared. */
export async function writesTo(control: Control, vmid: number): Promise<RecordedRequest[]> {
  return (await control.requests()).filter(
    ({ method, path }) => method === "PUT" && path.split("/")[4] === String(vmid),
  );
}

/** Tasks of Proxmox that were to grow a drive of the VM and did not. */
async function failedGrowths(hand: Hand, vmid: number): Promise<number> {
  const query = `vmid=${vmid}&typefilter=resize&errors=1&limit=100000`;
  return ((await hand.must("GET", `/nodes/pve/tasks?${query}`)) as unknown[]).length;
}

/** Requests that the emulator does not know prove nothing. */
export async function unknownRequests(control: Control): Promise<Finding[]> {
  const unknown = await control.unknown();
  return unknown.length === 0 ? [] : [{ kind: "write", text: `unknown: ${JSON.stringify(unknown)}` }];
}

/** Foreign volumes that are not in their storage any more, whatever became of the VM. */
export async function lostVolumes(hand: Hand, witness: Witness): Promise<Finding[]> {
  const content = (await hand.must("GET", "/nodes/pve/storage/local-lvm/content")) as { volid: string }[];
  const volumes = new Set(content.map(({ volid }) => volid));
  return [...witness.foreign.values()]
    .filter((text) => !volumes.has(text.split(",")[0] ?? ""))
    .map((text): Finding => ({ kind: "foreign", text: `the volume is gone: ${text}` }));
}
