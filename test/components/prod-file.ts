import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { FleetSpec } from "../../components/fleet-spec.ts";

/** Pulumi.prod.yaml as it is. */
export function prodFile(): { config: { "proxmox-fleet:fleet": FleetSpec } } {
  return parse(readFileSync(new URL("../../Pulumi.prod.yaml", import.meta.url), "utf8"));
}
