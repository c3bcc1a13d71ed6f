import type { DeclaredVm, Scalar } from "../proxmox/declared.ts";
import type { VmIdentity } from "../proxmox/identity.ts";
import type { Waiting } from "../proxmox/report.ts";

/** What the engine writes in place of a value that is not known in a preview. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Inputs of a VmConfig: what is declared, and for VMs that the program creates, what says that they were. */
export interface VmConfigInputs extends DeclaredVm {
  /** Id of the resource that created the VM; unknown before it has, absent for a VM that is adopted. */
  readonly creation?: string;
  /** What only that creation reads, by path in the program's words; absent for a VM that is adopted. */
  readonly made?: Readonly<Record<string, Scalar>>;
}

/** Outputs of a VmConfig: its inputs, and what Proxmox said last. */
export interface VmConfigOutputs extends VmConfigInputs {
  readonly status: "running" | "stopped";
  readonly waiting: readonly Waiting[];
  /** What waits no more and must be remembered of this QEMU process all the same; absent when nothing must. */
  readonly agreed?: readonly Waiting[];
  /** Who the VM was when it was last read; absent in a state that an older version wrote. */
  readonly identity?: VmIdentity;
  /**
   * Volume of each declared drive as it was last seen, in a slot that is empty by now too; absent in a state that
   * an older version wrote.
   */
  readonly volumes?: Readonly<Record<string, string>>;
  /** Of these slots, those that were found empty; absent when none was. */
  readonly emptied?: readonly string[];
  /** Version of QEMU that runs the VM; absent when stopped. */
  readonly qemuVersion?: string;
  /** Id of that QEMU process on its node; absent when stopped. */
  readonly pid?: number;
  /** When that QEMU process started, UTC; absent when stopped. */
  readonly startedAt?: string;
}

/** Fills in the maps that a program may leave out. */
export function inputsFrom(properties: Readonly<Record<string, unknown>>): VmConfigInputs {
  return { options: {}, drives: {}, nics: {}, foreignSlots: [], ...properties } as unknown as VmConfigInputs;
}

/** Outputs as the state has them; one of a version before may lack some. */
export function outputsFrom(properties: Readonly<Record<string, unknown>>): VmConfigOutputs {
  return inputsFrom({ status: "stopped", waiting: [], ...properties }) as VmConfigOutputs;
}

/** The inputs without what is not the VM's own: what the pure code compares. */
export function declaredOf(inputs: VmConfigInputs): DeclaredVm {
  const { vmid, node, options, drives, nics, absent, foreignSlots } = inputs;
  return {
    vmid,
    ...(node !== undefined && { node }),
    options,
    drives,
    nics,
    ...(absent !== undefined && { absent }),
    foreignSlots,
  };
}
