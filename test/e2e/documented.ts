import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "vitest";
import type { EngineRun, Sandbox } from "../../demo/sandbox.ts";

/** One command of a page, with the lines that the page shows of its output. */
export interface Documented {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

/** The commands in the console blocks below a heading of docs/lifecycle.md, in their order. */
export function documented(heading: string): Documented[] {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/lifecycle.md"), "utf8");
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/lifecycle.md has no section ${heading}`);
  return [...section.matchAll(/^```console\n([\s\S]*?)^```/gm)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ pulumi /m)
      .slice(1)
      .map((text) => {
        const [command = "", ...lines] = text.split("\n").map(plain);
        return {
          args: command.replaceAll("'", "").split(" "),
          lines: lines.filter((line) => line !== "" && line !== "..."),
        };
      }),
  );
}

/**
 * Runs a documented command as a script would, without questions, and expects every line that the page shows;
 * a page shows the lines that matter, in the order in which the engine happened to print them.
 */
export async function follow(sandbox: Sandbox, step: Documented | undefined, code = 0): Promise<EngineRun> {
  if (step === undefined) throw new Error("docs/lifecycle.md has fewer commands than the test");
  const run = await sandbox.pulumi([...step.args, ...unattended(step.args[0])]);
  expect(run.code, run.output).toBe(code);
  const printed = run.output.split("\n").map(plain);
  for (const line of step.lines) expect(printed, run.output).toContain(line);
  return run;
}

function unattended(command = ""): string[] {
  if (["up", "destroy"].includes(command)) return ["--yes", "--skip-preview"];
  return ["refresh", "import", "state"].includes(command) ? ["--yes"] : [];
}

function plain(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}
