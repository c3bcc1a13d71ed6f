import type { FleetSpec } from "../../components/fleet-spec.ts";
import { checkFleet } from "../../components/rules/fleet-mistakes.ts";
import { formatMistake } from "../../components/rules/mistake.ts";
import { secretMistake, secretPaths } from "../../components/rules/secret-mistakes.ts";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { declaredEntry } from "../../components/translation/declared-vm.ts";
import { encryptedInStack, type ProviderConfig } from "../../proxmox/api/configuration.ts";
import type { DeclaredVm } from "../../proxmox/declared.ts";
import { fleetOf, fleetPath, readStackFile, requireStackFile, type StackFile } from "./stack-file.ts";

/** One VM of the fleet file. */
export interface FleetEntry {
  /** Its key in the file. */
  readonly key: string;
  readonly spec: VmSpec;
  /** What the program owns of it, in Proxmox's keys. */
  readonly declared: DeclaredVm;
  /** Line of its entry, from 1. */
  readonly line: number;
}

/** The stack file with its fleet, checked. */
export interface FleetFile {
  readonly stackFile: StackFile;
  readonly fleet: FleetSpec;
  /** In the order of the file. */
  readonly entries: readonly FleetEntry[];
  /** What the stack says of the connection in plain text; the environment wins. */
  readonly connection: ProviderConfig;
}

/** The stack that a command is about when none is named. */
export const usualStack = "prod";

/**
 * Reads and checks the fleet of a stack, as the program does. A file without a fleet has no VMs, and neither has the
 * usual stack where there is no file of it, as on a node without a checkout.
 *
 * @param named the stack that the user named: its file must exist
 * @throws {Error} with every mistake, one line each
 */
export function readFleetFile(folder: string, named: string | undefined): FleetFile {
  return named === undefined ? fleetIn(readStackFile(folder, usualStack)) : requireFleetFile(folder, named);
}

/** As {@link readFleetFile}, for what must not take every VM for one that nobody declares: the file must exist. */
export function requireFleetFile(folder: string, stack: string = usualStack): FleetFile {
  return fleetIn(requireStackFile(folder, stack));
}

function fleetIn(stackFile: StackFile): FleetFile {
  const { path, config, declarations } = stackFile;
  const checked = checkFleet(fleetOf(config) ?? { vms: {} });
  if (!checked.ok) {
    const where = `${path}: ${fleetPath.join(".")}`;
    throw new Error(checked.mistakes.map((one) => formatMistake(where, one)).join("\n"));
  }
  const { fleet } = checked;
  const entries = Object.entries(fleet.vms).map(([key, spec]) => ({
    key,
    spec,
    declared: declaredEntry(key, spec, fleet),
    line: declarations.find(({ name }) => name === key)?.line ?? 1,
  }));
  return { stackFile, fleet, entries, connection: connectionIn(stackFile) };
}

/**
 * What a stack file says of the connection; the environment wins.
 *
 * @throws {Error} on an encrypted value other than the token's
 */
export function connectionIn({ path, config }: Pick<StackFile, "path" | "config">): ProviderConfig {
  const token = config["proxmox-fleet:apiToken"];
  const apiToken = secretPaths(token).length > 0 ? encryptedInStack : token;
  const plain = ["endpoint", "caFile", "insecure"].flatMap((key) => {
    const value = config[`proxmox-fleet:${key}`];
    if (secretPaths(value).length > 0) {
      throw new Error(formatMistake(`${path}: config`, secretMistake([`proxmox-fleet:${key}`])));
    }
    return typeof value === "string" || typeof value === "boolean" ? [[key, String(value)] as const] : [];
  });
  return { ...Object.fromEntries(plain), ...(typeof apiToken === "string" && { apiToken }) };
}
