import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sandbox } from "../demo/sandbox.ts";
import { type CpuProfile, cpuProfileOf } from "./cpu-profile.ts";
import { runToEnd } from "./subjects/run-to-end.ts";
import { successful } from "./successful.ts";

/**
 * Where our Node processes spend their CPU time in a preview with refresh of the production estate and in a
 * `fleet status` of it: the mean of the runs.
 */
export async function measureProfiles(runs: number): Promise<CpuProfile[]> {
  await using sandbox = await Sandbox.open();
  await successful(sandbox, ["up", "--yes", "--skip-preview"]);
  // Once for the compile cache, which is kept apart for processes that are profiled.
  await profiled(sandbox);
  const found: CpuProfile[] = [];
  for (let run = 0; run < runs; run++) found.push(...(await profiled(sandbox)));
  return meansOf(found, runs);
}

async function profiled(sandbox: Sandbox): Promise<CpuProfile[]> {
  const folder = mkdtempSync(join(tmpdir(), "fleet-bench-"));
  try {
    const env = { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` };
    await successful(sandbox, ["preview", "--refresh"], env);
    const { dir, connection } = sandbox;
    const status = await runToEnd(join(dir, "cli", "fleet"), ["status", "--json"], dir, {
      ...process.env,
      ...connection,
      ...env,
    });
    // Findings are no failure, and end with 2.
    if (status.code === 1) throw new Error(`bench: fleet status failed:\n${status.output}`);
    return readdirSync(folder).map((name) => cpuProfileOf(readFileSync(join(folder, name), "utf8")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By kind of process; the provider is started twice a run, and both count. */
function meansOf(found: readonly CpuProfile[], runs: number): CpuProfile[] {
  return [...Map.groupBy(found, ({ kind }) => kind)].map(([kind, those]) => {
    const places: Record<string, number> = {};
    for (const [place, milliseconds] of those.flatMap((one) => Object.entries(one.places))) {
      places[place] = (places[place] ?? 0) + milliseconds / runs;
    }
    return { kind, places };
  });
}
