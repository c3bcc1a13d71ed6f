import { styleText } from "node:util";

// The demo's story: a heading for each step, the engine's own words indented below it, and what was proved.
let step = 0;
const verdicts = { held: 0, failed: 0 };

export function heading(text: string): void {
  step += 1;
  process.stdout.write(`\n${styleText("bold", `${step}. ${text}`)}\n`);
}

export function line(text: string): void {
  process.stdout.write(`   ${text}\n`);
}

/** A result that matters: green when it is as promised, red when not. */
export function verdict(holds: boolean, text: string): void {
  line(styleText(holds ? "green" : "red", `${holds ? "ok" : "NOT OK"}: ${text}`));
  verdicts[holds ? "held" : "failed"] += 1;
  if (!holds) process.exitCode = 1;
}

/** How many results were as promised. */
export function summary(): void {
  process.stdout.write(`\n${verdicts.held} checks held, ${verdicts.failed} did not\n`);
}

/** The engine's words from its findings on; its progress, line by line, is left out. */
export function shown(output: string): void {
  const findings = output.search(/^(Diagnostics|Outputs|Resources):|^error:/m);
  for (const text of output.slice(Math.max(findings, 0)).split("\n")) {
    if (text.trim() !== "" && !text.startsWith("Duration:")) {
      process.stdout.write(styleText("dim", `   | ${text}\n`));
    }
  }
}
