import { parseArgs } from "node:util";
import { runEngineRounds, runProcessRounds, type SuiteResult, type Summary } from "./suite.ts";

const usage =
  "usage: npm run test:race -- [--rounds N] [--engine-rounds N] [--seed S] [--path P] [--provider FILE] [--json]";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "200" },
    "engine-rounds": { type: "string" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    path: { type: "string" },
    provider: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

function natural(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`--${name}: is no number of rounds (got ${text}); 0 or more is allowed; ${usage}`);
}

/** Runs both kinds of rounds and says what came out; whether every promise was kept. */
async function main(): Promise<boolean> {
  const rounds = natural("rounds", values.rounds);
  const seed = natural("seed", values.seed);
  const { path, provider: program, json } = values;
  // A round named by its path is a process round, and another build of the provider has no engine.
  const isAlone = path !== undefined || program !== undefined;
  const engineRounds = isAlone
    ? 0
    : natural("engine-rounds", values["engine-rounds"] ?? String(Math.ceil(rounds / 40)));
  const progress = (kind: string, every: number) => (done: number) => {
    if (done % every === 0) console.error(`race: ${done} ${kind} rounds`);
  };
  console.error(`race: seed ${seed}`);
  const results: SuiteResult<unknown>[] = await Promise.all([
    runProcessRounds({
      rounds: rounds - engineRounds,
      seed,
      progress: progress("process", 100),
      ...(path !== undefined && { path }),
      ...(program !== undefined && { program }),
    }),
    ...(engineRounds > 0
      ? [runEngineRounds({ rounds: engineRounds, seed, progress: progress("engine", 10) })]
      : []),
  ]);
  const summary = results.reduce(add, {
    rounds: 0,
    engineRounds: 0,
    foreignChanged: 0,
    capsLost: 0,
    writes: 0,
    errors: 0,
  });
  for (const { failure } of results) if (failure) report({ seed, ...failure }, json);
  const refusals = results.reduce((sum, result) => sum + result.refusals, 0);
  if (json) console.log(JSON.stringify({ seed, explainedRefusals: refusals }));
  console.log(json ? JSON.stringify(summary) : textOf(summary, refusals));
  return summary.errors === 0;
}

function add(a: Summary, b: Summary): Summary {
  return {
    rounds: a.rounds + b.rounds,
    engineRounds: a.engineRounds + b.engineRounds,
    foreignChanged: a.foreignChanged + b.foreignChanged,
    capsLost: a.capsLost + b.capsLost,
    writes: a.writes + b.writes,
    errors: a.errors + b.errors,
  };
}

function report(failure: object, json: boolean): void {
  console.log(
    json ? JSON.stringify({ failure }) : `A round broke a promise:\n${JSON.stringify(failure, null, 2)}`,
  );
}

function textOf(summary: Summary, refusals: number): string {
  const { rounds, engineRounds, foreignChanged, capsLost, writes, errors } = summary;
  return [
    `${rounds} rounds, ${engineRounds} of them through the engine; ${writes} writes`,
    `${foreignChanged} changed something foreign, ${capsLost} lost a cap, ${errors} broke any promise`,
    `${refusals} convergences ended with an error that other hands explain`,
  ].join("\n");
}

process.exitCode = (await main()) ? 0 : 1;
