import { type IdHolder, takenId } from "../proxmox/id-holder.ts";
import type { Problem } from "../proxmox/problem.ts";
import type { Reference } from "../proxmox/reference.ts";
import * as pulumi from "./pulumi.ts";

/** Answer of the invoke `proxmoxfleet:index:findVm`. */
export type FoundVm = { readonly exists: false } | ({ readonly exists: true } & IdHolder);

/**
 * Why a VM cannot be created, or undefined when it can. Asked before the official provider is: it sends a failed
 * request again and then takes "already exists" for its own success, which would make somebody else's VM its own.
 */
export function creationMistake(
  vmid: number,
  found: FoundVm,
  missing: readonly Problem[],
): string | undefined {
  const lines = [
    ...(found.exists ? [`vmid: ${takenId(vmid, found)}`] : []),
    ...missing.map(({ path, reason }) => `${path}: ${reason}`),
  ];
  return lines.length === 0 ? undefined : lines.join("\n");
}

/**
 * The hook that runs before a VM is created, in preview as well, and stops where its id is taken or the entry names
 * what Proxmox does not have.
 *
 * @param referencesOf the names in an entry, by its key
 */
export function mayBeCreatedHook(
  name: string,
  provider: pulumi.ProviderResource,
  referencesOf: (key: string) => readonly Reference[],
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    async (args) => {
      const { vmId, nodeName } = args.newInputs ?? {};
      const vmid = Number(vmId);
      const ask = (what: string, about: object) =>
        pulumi.invoke(`proxmoxfleet:index:${what}`, { ...about }, { provider });
      const [found, { problems }] = await Promise.all([
        ask("findVm", { vmid }) as Promise<FoundVm>,
        ask("missingNames", { node: nodeName, references: referencesOf(args.name) }) as Promise<{
          problems: Problem[];
        }>,
      ]);
      const message = creationMistake(vmid, found, problems);
      if (message !== undefined) throw new Error(message);
    },
    { onDryRun: true },
  );
}
