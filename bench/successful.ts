import type { EngineRun, Sandbox } from "../demo/sandbox.ts";

/** Runs the engine's command in a sandbox. @throws {Error} when it fails, with what it said */
export async function successful(
  sandbox: Sandbox,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<EngineRun> {
  const run = await sandbox.pulumi(args, env);
  if (run.code === 0) return run;
  throw new Error(`bench: pulumi ${args.join(" ")} failed (got exit code ${run.code}):\n${run.output}`);
}
