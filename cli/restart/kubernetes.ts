import type { GuestAgent } from "../../proxmox/api/guest-agent.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";

/** What an operator runs around the restart of a Kubernetes node. */
export interface DrainCommands {
  readonly drain: string;
  readonly uncordon: string;
}

/**
 * The commands for one node. A node is called as its guest is, unless the cluster says otherwise.
 *
 * @param agent undefined where the guest has none
 * @param name what the VM is called in Proxmox
 */
export async function drainCommands(agent: GuestAgent | undefined, name: string): Promise<DrainCommands> {
  const node = (await hostName(agent)) ?? (isNodeName(name) ? name : "NODE");
  return {
    drain: `kubectl drain ${node} --ignore-daemonsets --delete-emptydir-data`,
    uncordon: `kubectl uncordon ${node}`,
  };
}

/** Only what may stand in a shell's command as it is. */
function isNodeName(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(name);
}

async function hostName(agent: GuestAgent | undefined): Promise<string | undefined> {
  try {
    const name = (await agent?.hostName())?.toLowerCase();
    return name !== undefined && isNodeName(name) ? name : undefined;
  } catch (error) {
    if (error instanceof ProxmoxError) return undefined;
    throw error;
  }
}
