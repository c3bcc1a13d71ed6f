import type { Connection } from "./connection.ts";
import * as pulumi from "./pulumi.ts";

/** The provider of this repository, for `VmConfig`. The PROXMOX_VE_* environment wins over its inputs. */
export class FleetProvider extends pulumi.ProviderResource {
  constructor(
    name: string,
    { endpoint, apiToken, caFile, insecure }: Connection,
    opts?: pulumi.ResourceOptions,
  ) {
    const inputs = {
      endpoint,
      apiToken,
      caFile,
      insecure: insecure === undefined ? undefined : String(insecure),
    };
    super("proxmoxfleet", name, inputs, opts);
  }
}

/** What only VMs that are created need: the official provider, loaded when there is one. */
export interface Official {
  readonly VmLegacy: typeof import("@muhlba91/pulumi-proxmoxve/vmLegacy.js").VmLegacy;
  readonly provider: pulumi.ProviderResource;
  /** Refuses to create a VM whose id is taken, or whose entry names what Proxmox does not have. */
  readonly mayBeCreated: pulumi.ResourceHook;
}

/** Loads the official provider's two modules; its package root would load hundreds. */
export async function loadOfficial(
  name: string,
  connection: Connection,
  mayBeCreated: pulumi.ResourceHook,
): Promise<Official> {
  const [{ Provider }, { VmLegacy }] = await Promise.all([
    import("@muhlba91/pulumi-proxmoxve/provider.js"),
    import("@muhlba91/pulumi-proxmoxve/vmLegacy.js"),
  ]);
  return { VmLegacy, provider: new Provider(name, connection), mayBeCreated };
}
