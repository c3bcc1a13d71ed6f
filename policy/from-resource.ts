import { judgedFromCloned, judgedFromLegacy, judgedFromVm } from "./from-official.ts";
import { judgedFromConfig } from "./from-vm-config.ts";
import type { JudgedVm } from "./judged-vm.ts";
import { knownProperties } from "./known-properties.ts";

/** A resource as the policy SDK hands it over. */
export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: { readonly protect?: boolean; readonly ignoreChanges?: readonly string[] };
}

/** A resource and its properties, with what a preview does not know marked in them. */
export interface KnownResource extends Resource {
  /** Our component for one VM is its parent: a VmConfig beside it owns the configuration. */
  readonly ofOurVm: boolean;
}

const adapters: Readonly<Record<string, (resource: KnownResource) => JudgedVm>> = {
  "proxmoxfleet:index:VmConfig": judgedFromConfig,
  "proxmoxve:index/vmLegacy:VmLegacy": judgedFromLegacy,
  "proxmoxve:index/vm:Vm": judgedFromVm,
  "proxmoxve:cloned/vm:Vm": judgedFromCloned,
};

/** The VM that a resource stands for, or undefined when it is none of Proxmox's VMs. */
export function judgedFromResource(resource: Resource): JudgedVm | undefined {
  const adapter = Object.hasOwn(adapters, resource.type) ? adapters[resource.type] : undefined;
  if (adapter === undefined) return undefined;
  const [, , types = ""] = resource.urn.split("::");
  const ofOurVm = types.split("$").includes("proxmoxfleet:index:Vm");
  return adapter({ ...resource, props: knownProperties(resource.props), ofOurVm });
}
