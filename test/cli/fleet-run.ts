import { resolve } from "node:path";
import { runFleet } from "../../cli/run.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import type { Emulator } from "../../emulator/start.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";

export const checkout = resolve(import.meta.dirname, "../..");

/** How one command ended and what it printed. */
export interface FleetRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process, without pauses, at a day before the estate's exemptions expire. */
export async function fleet(argv: readonly string[], over: Partial<Surroundings> = {}): Promise<FleetRun> {
  const texts = { stdout: "", stderr: "" };
  const code = await runFleet(argv, {
    cwd: checkout,
    env: {},
    now: () => new Date("2026-11-24T12:00:00Z"),
    patience: { ...usualPatience, sleep: async () => {} },
    colour: false,
    signal: new AbortController().signal,
    stdout: (text) => {
      texts.stdout += text;
    },
    stderr: (text) => {
      texts.stderr += text;
    },
    ...over,
  });
  return { code, ...texts };
}

/** The variables that a user exports, with the token that can only look. */
export function readOnly({ endpoint, caFile, readOnlyToken }: Emulator): Record<string, string> {
  return {
    PROXMOX_VE_ENDPOINT: endpoint,
    PROXMOX_VE_API_TOKEN: readOnlyToken,
    PROXMOX_VE_CA_FILE: caFile,
  };
}
