import { Sandbox } from "../demo/sandbox.ts";
import { median } from "./median.ts";
import { successful } from "./successful.ts";
import { type Summary, summary } from "./summary.ts";

/** What the policy pack costs a preview, in seconds. */
export interface PackCost {
  readonly without: Summary;
  readonly withPack: Summary;
  /** Pair by pair. */
  readonly cost: Summary;
  /** Of the medians. */
  readonly ratio: number;
}

/**
 * What the policy pack costs a preview of the production estate: previews with and without it in turn, in one
 * run, so that a machine whose speed drifts disturbs both alike.
 */
export async function measurePolicyPack(runs: number): Promise<PackCost> {
  await using sandbox = await Sandbox.open();
  const without: number[] = [];
  const withPack: number[] = [];
  await preview(sandbox, []);
  await preview(sandbox, ["--policy-pack", "policy"]);
  for (let run = 0; run < runs; run++) {
    without.push(await preview(sandbox, []));
    withPack.push(await preview(sandbox, ["--policy-pack", "policy"]));
  }
  const cost = withPack.map((seconds, run) => seconds - (without[run] ?? 0));
  return {
    without: summary(without),
    withPack: summary(withPack),
    cost: summary(cost),
    ratio: median(withPack) / median(without),
  };
}

async function preview(sandbox: Sandbox, args: readonly string[]): Promise<number> {
  return (await successful(sandbox, ["preview", ...args])).milliseconds / 1000;
}
