import type { Official } from "./providers.ts";
import * as pulumi from "./pulumi.ts";
import type { VmSpec } from "./spec/vm-spec.ts";
import { type CreatedVm, isCreated, withCreationDefaults } from "./translation/creation-defaults.ts";
import { declaredVm } from "./translation/declared-vm.ts";
import { made } from "./translation/made.ts";
import { vmLegacyArgs } from "./translation/vm-legacy-args.ts";
import { vmLegacyProperties } from "./translation/vm-legacy-inputs.ts";
import { VmConfig, type Waiting } from "./vm-config.ts";

/** Arguments of a Vm. */
export interface VmArgs {
  /** The VM's entry, checked, with what the fleet says for all: its `node` and forensics. */
  readonly spec: VmSpec;
  /** The official provider; only VMs with `create` need it. */
  readonly official?: Official;
}

/**
 * One VM: its configuration as far as declared, and for a VM with `create` its existence.
 *
 * @example new Vm("devvm", { spec: { vmid: 102, drives: { scsi0: { caps: { readMiBps: 60 } } } } })
 */
export class Vm extends pulumi.ComponentResource {
  readonly config: VmConfig;
  /** What waits for a cold stop and start. */
  readonly waiting: pulumi.Output<Waiting[]>;

  constructor(name: string, { spec, official }: VmArgs, opts?: pulumi.ComponentResourceOptions) {
    // Children have the component's name, so that the engine derives theirs from its aliases.
    const aliases = spec.formerKeys?.map((former) => ({ name: former }));
    super("proxmoxfleet:index:Vm", name, {}, pulumi.mergeOptions(opts, aliases && { aliases }));
    this.config = isCreated(spec)
      ? createdVm(this, name, withCreationDefaults(name, spec), official)
      : new VmConfig(name, declaredVm(spec), { parent: this });
    this.waiting = this.config.waiting;
    this.registerOutputs({ waiting: this.waiting });
  }
}

function createdVm(parent: Vm, name: string, spec: CreatedVm, official: Official | undefined): VmConfig {
  if (official === undefined || spec.node === undefined) {
    throw new pulumi.ResourceError(
      `${name}: a VM with create needs a node and the official provider`,
      parent,
    );
  }
  // Both, or taking the entry out would give up the configuration and then fail on the VM.
  const protect = spec.create.protect ?? true;
  const vm = new official.VmLegacy(name, vmLegacyArgs(spec, spec.node), {
    parent,
    provider: official.provider,
    protect,
    ignoreChanges: vmLegacyProperties,
    hooks: { beforeCreate: [official.mayBeCreated] },
  });
  return new VmConfig(
    name,
    { ...declaredVm(spec), creation: vm.id, made: made(spec) },
    { parent, protect, dependsOn: [vm] },
  );
}
