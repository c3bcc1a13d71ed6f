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

/** What the program needs of its stack's configuration, checked. */
export interface StackConfig {
  readonly fleet: FleetSpec;
  readonly connections: Connections;
}

/** The stack's configuration as Pulumi hands it over. */
export interface RawStackConfig extends ConnectionConfig {
  readonly stack: string;
  readonly fleet: unknown;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Checks the configuration of a stack.
 *
 * @throws pulumi.RunError with every mistake, one line each
 */
export function parseStackConfig(raw: RawStackConfig, env: Env): StackConfig {
  const checked = checkFleet(raw.fleet);
  const fleetMistakes = checked.ok
    ? []
    : checked.mistakes.map((one) => ({ ...one, path: ["proxmox-fleet:fleet", ...one.path] }));
  const mistakes = [
    ...connectionMistakes(raw, env, checked.ok ? checked.fleet : undefined),
    ...fleetMistakes,
  ];
  if (!checked.ok || mistakes.length > 0) {
    const file = `Pulumi.${raw.stack}.yaml: config`;
    throw new pulumi.RunError(mistakes.map((one) => formatMistake(file, one)).join("\n"));
  }
  return { fleet: checked.fleet, connections: connectionsFrom(raw, env) };
}

/** Reads and checks the configuration of the stack that runs. */
export function readStackConfig(env: Env = process.env): StackConfig {
  const config = new pulumi.Config("proxmox-fleet");
  return parseStackConfig(
    {
      stack: pulumi.getStack(),
      fleet: config.getObject("fleet"),
      endpoint: config.get("endpoint"),
      apiToken: config.getSecret("apiToken"),
      caFile: config.get("caFile"),
      insecure: config.get("insecure"),
    },
    env,
  );
}
