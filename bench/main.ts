import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { checkout, pinnedVersions } from "../toolchain/versions.mjs";
import { figuresOf } from "./figures.ts";
import { parseOptions, usage } from "./options.ts";
import { measurePolicyPack } from "./policy-pack.ts";
import { measureProfiles } from "./profiles.ts";
import { pageOf, withGenerated } from "./report/page.ts";
import { plotOf } from "./report/plot.ts";
import type { Result } from "./result.ts";
import { rowsOf } from "./rows.ts";
import { measureAll } from "./run.ts";

/** Measures, prints what was found, and writes it to the page. */
async function main(argv: readonly string[]): Promise<void> {
  const options = parseOptions(argv);
  const say = (text: string) => process.stderr.write(`bench: ${text}\n`);
  const { samples, notes } = await measureAll(options, say);
  const rows = rowsOf(samples);
  const pack = options.operations.includes("pack") ? await measurePolicyPack(options.runs) : undefined;
  const profiles = options.operations.includes("profile") ? await measureProfiles(options.runs) : [];
  const result: Result = {
    machine: {
      cpus: availableParallelism(),
      kernel: release(),
      node: process.versions.node,
      engine: pinnedVersions().engine,
    },
    command: ["npm run bench --", ...argv].join(" "),
    figures: figuresOf(rows),
    rows,
    pack,
    profiles,
    notes,
  };
  const page = resolve(checkout, options.page);
  const plot = join(dirname(page), `${basename(page, ".md")}.svg`);
  const generated = pageOf(result, basename(plot));
  writeFileSync(page, withGenerated(existsSync(page) ? readFileSync(page, "utf8") : "", generated));
  if (rows.length > 0) writeFileSync(plot, plotOf(rows));
  const { figures, ...rest } = result;
  process.stdout.write(options.json ? `${JSON.stringify({ ...figures, ...rest })}\n` : generated);
}

// Ends what was started: without these a signal would leave emulators behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  await main(process.argv.slice(2));
} catch (error) {
  const said = error instanceof Error ? error.message : String(error);
  const isUsage = said.startsWith("--") || said.startsWith("Unknown option");
  process.stderr.write(`bench: ${said.replace(/^bench: /, "")}${isUsage ? `\n${usage}` : ""}\n`);
  process.exitCode = 1;
}
