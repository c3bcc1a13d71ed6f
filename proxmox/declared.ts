/** A value as a program writes it; Proxmox keeps text. */
export type Scalar = string | number | boolean;

/** Keys of one property string, each owned on its own. */
export type Keys = Readonly<Record<string, Scalar>>;

/** What a program declares of one VM: exactly these keys are owned, nothing else. */
export interface DeclaredVm {
  readonly vmid: number;
  /** Node that the VM is expected on. @default wherever the cluster has it */
  readonly node?: string;
  /**
   * Top-level options. A property string given as an object is owned per key; given as a scalar it is owned
   * as a whole.
   */
  readonly options: Readonly<Record<string, Scalar | Keys>>;
  /** Drive keys by slot, plus `size` (grows only) and `datastore` (where to allocate when the slot is empty). */
  readonly drives: Readonly<Record<string, Keys>>;
  /** Network device keys by slot. */
  readonly nics: Readonly<Record<string, Keys>>;
  /**
   * Keys that the VM must not have, by path: `options.cpulimit`, `options.startup.order`, `nics.net0.tag`,
   * `drives.scsi0.mbps_rd_max`. Never the volume of a drive, nor a whole device. @default none
   */
  readonly absent?: readonly string[];
  /** Slots that some other actor owns, such as `scsi1-29`; never written. */
  readonly foreignSlots: readonly string[];
}
