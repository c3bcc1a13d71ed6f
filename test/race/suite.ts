import fc from "fast-check";
import { openArena } from "./arena.ts";
import { anyEngineScript, EngineArena, type EngineScript } from "./engine-round.ts";
import { processRound, type RoundResult } from "./process-round.ts";
import { anyScript, type Script } from "./script.ts";
import type { Finding } from "./witness.ts";

/** What a run of the suite showed, in numbers. */
export interface Summary {
  readonly rounds: number;
  readonly engineRounds: number;
  /** Rounds after which something foreign was not as its driver left it. */
  readonly foreignChanged: number;
  /** Rounds after which a limit, ours or somebody else's, was not what it should be. */
  readonly capsLost: number;
  /** Writes of ours that Proxmox took. */
  readonly writes: number;
  /** Rounds that broke any promise or ended in an error that nothing in their script explains. */
  readonly errors: number;
}

/** A round that broke a promise, as short as it could be made. */
interface Failure<Round> {
  readonly findings: readonly Finding[];
  readonly script: Round;
  /** With the seed, runs this round alone again. */
  readonly path: string;
}

export interface SuiteResult<Round> extends Summary {
  /** Convergences that ended with an error that their scripts explain. */
  readonly refusals: number;
  readonly failure?: Failure<Round>;
}

export interface SuiteOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Path of one round, from an earlier failure. */
  readonly path?: string;
  /** Another build of the provider. */
  readonly program?: string;
  readonly progress?: (rounds: number) => void;
}

/** Runs random rounds through the provider's own process until one fails, and makes that one short. */
export async function runProcessRounds(options: SuiteOptions): Promise<SuiteResult<Script>> {
  await using arena = await openArena(options.program);
  return await runRounds(anyScript, (script) => processRound(arena, script), "rounds", options);
}

/** Runs random rounds through the real engine with the real providers. */
export async function runEngineRounds(options: SuiteOptions): Promise<SuiteResult<EngineScript>> {
  await using arena = await EngineArena.open();
  return await runRounds(anyEngineScript, (script) => arena.round(script), "engineRounds", options);
}

/** Runs rounds of any kind; what is counted are the rounds as drawn, without those of the shortening. */
async function runRounds<Round>(
  rounds: fc.Arbitrary<Round>,
  run: (round: Round) => Promise<RoundResult>,
  kind: "rounds" | "engineRounds",
  { rounds: numRuns, seed, path, progress }: SuiteOptions,
): Promise<SuiteResult<Round>> {
  let done = 0;
  let writes = 0;
  let refusals = 0;
  let first: readonly Finding[] | undefined;
  let last: readonly Finding[] = [];
  const property = fc.asyncProperty(rounds, async (round) => {
    const result = await run(round).catch((error: unknown): RoundResult => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return {
        findings: [{ kind: "error", text: `the round itself failed: ${text}` }],
        writes: 0,
        refusals: 0,
      };
    });
    if (first === undefined) {
      done += 1;
      writes += result.writes;
      refusals += result.refusals;
      progress?.(done);
    }
    if (result.findings.length === 0) return true;
    first ??= result.findings;
    last = result.findings;
    return false;
  });
  const details = await fc.check(property, { numRuns, seed, ...(path !== undefined && { path }) });
  const has = (wanted: Finding["kind"]) => Number(first?.some((finding) => finding.kind === wanted) ?? false);
  return {
    rounds: done,
    engineRounds: kind === "engineRounds" ? done : 0,
    foreignChanged: has("foreign"),
    capsLost: has("cap"),
    writes,
    errors: Number(details.failed),
    refusals,
    ...(details.counterexample && {
      failure: {
        findings: last,
        script: details.counterexample[0],
        path: details.counterexamplePath ?? "",
      },
    }),
  };
}
