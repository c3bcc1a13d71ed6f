import type { DeclaredVm, Scalar } from "../proxmox/declared.ts";
import * as pulumi from "./pulumi.ts";

/** Inputs of a VmConfig. */
export interface VmConfigArgs extends DeclaredVm {
  /** Id of the resource that creates the VM; without it the VM must exist and is adopted. */
  readonly creation?: pulumi.Input<string>;
  /** What only that creation reads, by path in the entry. */
  readonly made?: Readonly<Record<string, Scalar>>;
}

/** An owned key that QEMU does not have before the VM is stopped and started. */
export interface Waiting {
  /** Property path of the key, such as `options.scsihw`. */
  readonly path: string;
  /** What QEMU runs with; absent when the key is new. */
  readonly from?: string;
  /** Absent when the key goes away. */
  readonly to?: string;
  /** The config has it already and Proxmox shows it as done; without this it is pending. */
  readonly configured?: boolean;
}

/**
 * The configuration of one VM: owns exactly the declared keys, and never restarts the VM.
 *
 * Removing it gives up ownership and leaves the VM as it is.
 *
 * @see https://pve.proxmox.com/pve-docs/api-viewer/#/nodes/{node}/qemu/{vmid}/config
 */
export class VmConfig extends pulumi.CustomResource {
  /** `running` or `stopped`. */
  declare readonly status: pulumi.Output<string>;
  /** What waits for a cold stop and start. */
  declare readonly waiting: pulumi.Output<Waiting[]>;
  /** Version of the QEMU that runs the VM; undefined when stopped. */
  declare readonly qemuVersion: pulumi.Output<string | undefined>;
  /** Id of that QEMU's process on its node; undefined when stopped. */
  declare readonly pid: pulumi.Output<number | undefined>;
  /** When that QEMU started, UTC; undefined when stopped. */
  declare readonly startedAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: VmConfigArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = {
      status: undefined,
      waiting: undefined,
      qemuVersion: undefined,
      pid: undefined,
      startedAt: undefined,
    };
    super("proxmoxfleet:index:VmConfig", name, { ...args, ...outputs }, opts);
  }
}
