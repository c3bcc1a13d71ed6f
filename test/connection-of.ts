import { readFileSync } from "node:fs";
import type { EmulatorAddress } from "../demo/emulator-process.ts";
import type { Connection } from "../proxmox/api/connection.ts";

/** How a client reaches an emulator, with the token that may do everything. */
export function connectionOf({ endpoint, apiToken, caFile }: EmulatorAddress): Connection {
  return { endpoint, apiToken, ca: readFileSync(caFile, "utf8") };
}
