import { readFileSync } from "node:fs";
import {
  type ConnectionConfig,
  type Connections,
  connectionMistakes,
  connectionsFrom,
} from "./connection.ts";
import type { FleetSpec } from "./fleet-spec.ts";
import * as pulumi from "./pulumi.ts";
import { checkFleet } from "./rules/fleet-mistakes.ts";
import { formatMistake } from "./rules/mistake.ts";
import { secretMistake, secretPaths } from "./rules/secret-mistakes.ts";

/** What the program needs of its stack's configuration, checked. */
export interface StackConfig {
  readonly fleet: FleetSpec;
  readonly connections: Connections;
}

/** The stack's configuration as Pulumi hands it over. */
export interface RawStackConfig extends ConnectionConfig {
  readonly stack: string;
  readonly fleet: unknown;
  /**
   * Which of these values the stack file holds encrypted, and where in them, by configuration key: the engine hands
   * them over in clear.
   */
  readonly secrets?: Readonly<Record<string, readonly (readonly PropertyKey[])[]>>;
}

/** What must be in clear in a stack file, since it ends in clear elsewhere. */
const clear = ["fleet", "endpoint", "caFile", "insecure"].map((key) => `proxmox-fleet:${key}`);

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Checks the configuration of a stack.
 *
 * @throws pulumi.RunError with every mistake, one line each
 */
export function parseStackConfig(raw: RawStackConfig, env: Env): StackConfig {
  const file = `Pulumi.${raw.stack}.yaml: config`;
  const secrets = Object.entries(raw.secrets ?? {}).flatMap(([key, paths]) =>
    paths.map((path) => secretMistake([key, ...path])),
  );
  // Alone: the other mistakes would show the values.
  if (secrets.length > 0) {
    throw new pulumi.RunError(secrets.map((one) => formatMistake(file, one)).join("\n"));
  }
  const checked = checkFleet(raw.fleet);
  const fleetMistakes = checked.ok
    ? []
    : checked.mistakes.map((one) => ({ ...one, path: ["proxmox-fleet:fleet", ...one.path] }));
  const mistakes = [
    ...connectionMistakes(raw, env, checked.ok ? checked.fleet : undefined),
    ...fleetMistakes,
  ];
  if (!checked.ok || mistakes.length > 0) {
    throw new pulumi.RunError(mistakes.map((one) => formatMistake(file, one)).join("\n"));
  }
  return { fleet: checked.fleet, connections: connectionsFrom(raw, env) };
}

/** Reads and checks the configuration of the stack that runs. */
export async function readStackConfig(env: Env = process.env): Promise<StackConfig> {
  const config = new pulumi.Config("proxmox-fleet");
  const stack = pulumi.getStack();
  return parseStackConfig(
    {
      stack,
      fleet: config.getObject("fleet"),
      endpoint: config.get("endpoint"),
      apiToken: config.getSecret("apiToken"),
      caFile: config.get("caFile"),
      insecure: config.get("insecure"),
      secrets: await secretsOf(stack, env),
    },
    env,
  );
}

/** Reads the stack file only where the engine says that there is a secret, to say which key it is. */
async function secretsOf(stack: string, env: Env): Promise<NonNullable<RawStackConfig["secrets"]>> {
  const keys = JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS || "[]") as string[];
  const secret = keys.filter((key) => clear.includes(key));
  if (secret.length === 0) return {};
  const config = await configInFile(`Pulumi.${stack}.yaml`);
  return Object.fromEntries(
    secret.map((key) => {
      const paths = secretPaths(config[key]);
      return [key, paths.length === 0 ? [[]] : paths];
    }),
  );
}

/** Empty where the configuration came from elsewhere than from the stack's own file. */
async function configInFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { parse } = await import("yaml");
    const { config } = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> };
    return config ?? {};
  } catch {
    return {};
  }
}
