import { isApiToken } from "../proxmox/api-token.ts";
import { endpointMistake } from "../proxmox/endpoint.ts";
import { parseBoolean } from "../proxmox/meaning.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import type * as pulumi from "./pulumi.ts";
import type { Mistake } from "./rules/mistake.ts";

/** How to reach Proxmox, as inputs of a provider. */
export interface Connection {
  readonly endpoint?: string;
  readonly apiToken?: pulumi.Output<string>;
  readonly caFile?: string;
  readonly insecure?: boolean;
}

/** The connection of each provider. */
export interface Connections {
  /**
   * What the stack says, whatever the environment says: the provider lets the environment win by itself, and
   * no state depends on who runs the program.
   */
  readonly fleet: Connection;
  /** What the environment does not say: the official provider would let its inputs win over the environment. */
  readonly official: Connection;
}

/** What the stack configuration says of the connection. */
export interface ConnectionConfig {
  readonly endpoint?: string | undefined;
  readonly apiToken?: pulumi.Output<string> | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The connections of both providers. */
export function connectionsFrom(config: ConnectionConfig, env: Env): Connections {
  return {
    fleet: connection(config),
    official: connection({
      endpoint: env.PROXMOX_VE_ENDPOINT ? undefined : config.endpoint,
      apiToken: env.PROXMOX_VE_API_TOKEN ? undefined : config.apiToken,
      insecure: officialInsecure(env.PROXMOX_VE_INSECURE, config.insecure),
    }),
  };
}

/** It knows `true` and `1` in the environment, and takes all else there for false. */
function officialInsecure(variable: string | undefined, configured: string | undefined): string | undefined {
  if (!variable) return configured;
  return parseBoolean(variable) === true && variable !== "true" && variable !== "1" ? "true" : undefined;
}

function connection({ endpoint, apiToken, caFile, insecure }: ConnectionConfig): Connection {
  return {
    ...(endpoint && { endpoint }),
    ...(apiToken && { apiToken }),
    ...(caFile && { caFile }),
    ...(insecure && { insecure: parseBoolean(insecure) === true }),
  };
}

/** Mistakes in how Proxmox is reached; paths start with the configuration key. */
export function connectionMistakes(
  config: ConnectionConfig,
  env: Env,
  fleet: FleetSpec | undefined,
): Mistake[] {
  return [
    ...endpointMistakes(env.PROXMOX_VE_ENDPOINT || config.endpoint),
    ...tokenMistakes(env.PROXMOX_VE_API_TOKEN, config.apiToken),
    ...insecureMistakes(env.PROXMOX_VE_INSECURE, config.insecure),
    ...authorityMistakes(config, env, fleet),
  ];
}

function endpointMistakes(endpoint: string | undefined): Mistake[] {
  const mistake =
    endpoint === undefined
      ? { wrong: "is missing, and so is PROXMOX_VE_ENDPOINT", got: undefined }
      : endpointMistake(endpoint);
  if (mistake === undefined) return [];
  return [
    {
      path: ["proxmox-fleet:endpoint"],
      ...mistake,
      allowed: "an address such as https://pve.example.org:8006/",
      fix: "export PROXMOX_VE_ENDPOINT, or run pulumi config set proxmox-fleet:endpoint",
    },
  ];
}

/** A token of the environment; one of the stack is a secret, which only the providers see. */
function tokenMistakes(token: string | undefined, configured: pulumi.Output<string> | undefined): Mistake[] {
  const allowed = "an API token, user@realm!name=secret";
  if (token && !isApiToken(token)) {
    return [
      {
        path: ["proxmox-fleet:apiToken"],
        wrong: "comes from PROXMOX_VE_API_TOKEN, which is not of an API token's form",
        got: "a text that is not shown",
        allowed,
        fix: "copy it from Datacenter > Permissions > API Tokens",
      },
    ];
  }
  if (token || configured) return [];
  return [
    {
      path: ["proxmox-fleet:apiToken"],
      wrong: "is missing, and so is PROXMOX_VE_API_TOKEN",
      got: undefined,
      allowed,
      fix: "export PROXMOX_VE_API_TOKEN, or run pulumi config set --secret proxmox-fleet:apiToken",
    },
  ];
}

function insecureMistakes(variable: string | undefined, configured: string | undefined): Mistake[] {
  const insecure = variable || configured;
  if (!insecure || parseBoolean(insecure) !== undefined) return [];
  return [
    {
      path: ["proxmox-fleet:insecure"],
      wrong: variable
        ? "comes from PROXMOX_VE_INSECURE, which is neither true nor false"
        : "is neither true nor false",
      got: insecure,
      allowed: "true or false",
      fix: "correct it or remove it",
    },
  ];
}

/** The official provider takes an authority from SSL_CERT_FILE of the engine's environment and nowhere else. */
function authorityMistakes(config: ConnectionConfig, env: Env, fleet: FleetSpec | undefined): Mistake[] {
  const caFile = env.PROXMOX_VE_CA_FILE || config.caFile;
  const insecure = parseBoolean(env.PROXMOX_VE_INSECURE || config.insecure || "") === true;
  const created = Object.entries(fleet?.vms ?? {}).filter(([, vm]) => vm.create !== undefined);
  if (!caFile || env.SSL_CERT_FILE || insecure || created.length === 0) return [];
  return [
    {
      path: ["proxmox-fleet:caFile"],
      wrong: `does not reach the official provider, which creates ${created.map(([key]) => key).join(", ")}`,
      got: caFile,
      allowed: "for VMs with create, the authority in SSL_CERT_FILE of the environment that pulumi runs in",
      fix: `run export SSL_CERT_FILE=${caFile}`,
    },
  ];
}
