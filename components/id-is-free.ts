import { type IdHolder, takenId } from "../proxmox/id-holder.ts";
import * as pulumi from "./pulumi.ts";

/** Answer of the invoke `proxmoxfleet:index:findVm`. */
export type FoundVm = { readonly exists: false } | ({ readonly exists: true } & IdHolder);

/**
 * Why a VM cannot be created under this id, or undefined when it can. Asked before the official provider is:
 * it sends a failed request again and then takes "already exists" for its own success, which would make
 * somebody else's VM its own.
 */
export function takenMessage(vmid: number, found: FoundVm): string | undefined {
  return found.exists ? `vmid: ${takenId(vmid, found)}` : undefined;
}

/** The hook that runs before a VM is created, in preview as well, and stops where its id is taken. */
export function idIsFreeHook(name: string, provider: pulumi.ProviderResource): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    async (args) => {
      const vmid = Number(args.newInputs?.vmId);
      const found = await pulumi.invoke("proxmoxfleet:index:findVm", { vmid }, { provider });
      const message = takenMessage(vmid, found as FoundVm);
      if (message !== undefined) throw new Error(message);
    },
    { onDryRun: true },
  );
}
