/** Where a VM was read from. */
export type Source = "VmConfig" | "VmLegacy" | "Vm" | "cloned.Vm" | "live";

/** What a program says about a VM beside its configuration; absent where the source has no such thing. */
export interface JudgedOptions {
  /** Pulumi refuses to destroy the resource. */
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  /** Properties that the resource sets, in Pulumi's names. */
  readonly inputs?: readonly string[];
  readonly rebootAfterUpdate?: boolean;
  readonly deleteUnreferencedDisksOnDestroy?: boolean;
  /** Slots that somebody else owns. */
  readonly foreignSlots?: readonly string[];
  /** Declared not to run; of a live VM: it does not run. */
  readonly stopped?: boolean;
  /** Another resource owns this VM's configuration, and is judged for it. */
  readonly configuredElsewhere?: boolean;
  /** The official provider reads this VM at every refresh. */
  readonly officialReads?: boolean;
}

/** One VM as the rules see it, whoever wrote it down. */
export interface JudgedVm {
  /** The resource's name in a program, the VM's own on a node. */
  readonly name: string;
  readonly vmid?: number;
  /**
   * What exemptions call it: its key in the program, or its vmid where no entry declares it. Never the name that it has
   * on the node, which whoever may edit the VM can change.
   */
  readonly exemptAs: readonly string[];
  readonly source: Source;
  /** Options by Proxmox's own keys, in Proxmox's own text. */
  readonly config: Readonly<Record<string, string>>;
  /** Data drives by slot, with Proxmox's own keys, and `datastore` where it is known. */
  readonly drives: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** All of the VM is known, so that absent means absent; false: the declared part of a VM that exists. */
  readonly complete: boolean;
  /** What a preview does not know yet: `config.scsihw`, `drives`, `drives.scsi0.mbps_rd`, `options.protect`. */
  readonly unknown: readonly string[];
  readonly options: JudgedOptions;
}

/** Whether a path, or what it lies in, is not known yet. */
export function isUnknown(vm: JudgedVm, path: string): boolean {
  return vm.unknown.some((unknown) => path === unknown || path.startsWith(`${unknown}.`));
}
