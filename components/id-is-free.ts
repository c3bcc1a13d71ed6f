import * as pulumi from "./pulumi.ts";

/** Answer of the invoke `proxmoxfleet:index:findVm`. */
export interface FoundVm {
  readonly exists: boolean;
  readonly node?: string;
  readonly name?: string;
}

/**
 * Why a VM cannot be created under this id, or undefined when it can. Asked before the official provider is:
 * it sends a failed request again and then takes "already exists" for its own success, which would make
 * somebody else's VM its own.
 */
export function takenMessage(vmid: number, found: FoundVm): string | undefined {
  if (!found.exists) return undefined;
  const who = [found.name, found.node && `on node ${found.node}`].filter(Boolean).join(" ");
  return `vmid: belongs to a VM that exists (got ${[vmid, who].filter(Boolean).join(": ")}); an id that is free; remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys`;
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
