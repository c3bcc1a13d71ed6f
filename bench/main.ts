import { parseArgs } from "node:util";
import { Sandbox } from "../demo/sandbox.ts";
import { median } from "./median.ts";

/**
 * What the policy pack costs a preview of the production estate: previews with and without it in turn, in one
 * run, so that a machine whose speed drifts disturbs both alike.
 */
const { values } = parseArgs({
  options: { runs: { type: "string", default: "5" }, json: { type: "boolean" } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  throw new Error(`--runs: not a count (got ${values.runs}); allowed is a whole number from 1; correct it`);
}

const without: number[] = [];
const withPack: number[] = [];
{
  await using sandbox = await Sandbox.open();
  await preview(sandbox, []);
  await preview(sandbox, ["--policy-pack", "policy"]);
  for (let run = 0; run < runs; run++) {
    without.push(await preview(sandbox, []));
    withPack.push(await preview(sandbox, ["--policy-pack", "policy"]));
    process.stderr.write(`bench: ${run + 1} of ${runs}\n`);
  }
}

const cost = withPack.map((seconds, run) => seconds - (without[run] ?? 0));
const figures = { previewSeconds: without, withPackSeconds: withPack, packCostSeconds: cost };
if (values.json) {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
} else {
  process.stdout.write("preview of the 13 declared VMs, seconds: minimum, median, maximum\n");
  for (const [name, seconds] of [
    ["without the pack", without],
    ["with the pack", withPack],
    ["the pack's cost, pair by pair", cost],
  ] as const) {
    const [low, middle, high] = [Math.min(...seconds), median(seconds), Math.max(...seconds)];
    process.stdout.write(`  ${name}: ${low.toFixed(2)} ${middle.toFixed(2)} ${high.toFixed(2)}\n`);
  }
  process.stdout.write(`  with / without, medians: ${(median(withPack) / median(without)).toFixed(2)}\n`);
}

async function preview(sandbox: Sandbox, args: readonly string[]): Promise<number> {
  const run = await sandbox.pulumi(["preview", ...args]);
  if (run.code !== 0) throw new Error(`the preview failed:\n${run.output}`);
  return run.milliseconds / 1000;
}
