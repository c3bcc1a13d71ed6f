import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDocument } from "yaml";
import type { Sandbox } from "../../demo/sandbox.ts";

const production = resolve(import.meta.dirname, "../../Pulumi.prod.yaml");
const fleetPath = ["config", "proxmox-fleet:fleet"];

/** The production stack file as it is. */
export function productionStack(): string {
  return readFileSync(production, "utf8");
}

/** A stack file with values changed below the fleet; `undefined` removes a key. */
export function withFleet(
  text: string,
  changes: readonly (readonly [path: string, value: unknown])[],
): string {
  const document = parseDocument(text);
  for (const [path, value] of changes) {
    const keys = [...fleetPath, ...path.split(".")];
    if (value === undefined) document.deleteIn(keys);
    else document.setIn(keys, document.createNode(value));
  }
  return document.toString();
}

/** A stack file of these VMs alone, on node pve. */
export function stackOf(vms: Record<string, object>): string {
  const document = parseDocument("{}");
  document.setIn(fleetPath, document.createNode({ node: "pve", vms }));
  return document.toString();
}

/** Another fleet in a sandbox, beside the encryption salt that the engine wrote into its stack file. */
export function rewriteStack(sandbox: Sandbox, vms: Record<string, object>): void {
  const salt = sandbox
    .readStack()
    .split("\n")
    .filter((line) => line.startsWith("encryptionsalt"));
  sandbox.writeStack([stackOf(vms).trimEnd(), ...salt, ""].join("\n"));
}
