import { type ClientOptions, ProxmoxClient } from "../proxmox/api/client.ts";
import { insecureWarning, type ProviderConfig, resolveConnection } from "../proxmox/api/configuration.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Does a command's work with a connection to Proxmox, as the environment describes it.
 *
 * @param config what the stack file says of the connection; the environment wins
 * @param options how many requests may be under way, and what ends them
 * @throws {Error} with everything that is missing or wrong in the connection's variables
 */
export async function withProxmox<T>(
  command: string,
  { env, patience, stderr }: Surroundings,
  config: ProviderConfig,
  work: (client: ProxmoxClient) => Promise<T>,
  options: ClientOptions = {},
): Promise<T> {
  const connection = resolveConnection(config, env);
  const warning = insecureWarning(connection);
  if (warning !== undefined) stderr(`fleet ${command}: ${warning}\n`);
  const client = new ProxmoxClient(connection, patience, options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
