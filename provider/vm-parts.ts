import { ProxmoxClient } from "../proxmox/api/client.ts";
import type { Connection } from "../proxmox/api/connection.ts";
import type { Patience } from "../proxmox/api/patience.ts";
import { VmApi } from "../proxmox/api/vm-api.ts";
import { VmConfigResource } from "./vm-config.ts";

export { insecureWarning, resolveConnection } from "../proxmox/api/configuration.ts";
export { diffMade } from "./made.ts";
export { checkInputs, diffInputs, sayOfAnotherVm } from "./vm-config.ts";

/** The resource over a connection that answers. @throws {ProxmoxError} when it does not */
export async function connected(connection: Connection, patience?: Patience): Promise<VmConfigResource> {
  const api = new VmApi(new ProxmoxClient(connection, patience));
  await api.version();
  return new VmConfigResource(api);
}
