import type { Result } from "../result.ts";
import { barTable, callTable, packTable, processTable, profileTable, timeTables } from "./tables.ts";

/** Above it the page is written by hand, below by the benchmark. */
export const marker = "<!-- Below this line: written by npm run bench. -->";

/** The generated part of the page, without what was not measured. */
export function pageOf(
  { machine, command, figures, rows, pack, profiles, notes }: Result,
  plot: string,
): string {
  const parts = [
    `\`${command}\` on ${machine.cpus} cores, Linux ${machine.kernel}, Node ${machine.node}, engine ${machine.engine}.`,
    ...notes.map((note) => `- ${note}`),
    ...(rows.length === 0
      ? []
      : [
          `## Bars\n\n${barTable(figures)}`,
          `## Time\n\nMedian, with the least and the greatest; columns are VMs and latency of each call.\n\n![Preview with refresh: seconds against VMs](${plot})\n\n${timeTables(rows)}`,
          `## Processes\n\nPreview with refresh: CPU seconds (median) and most memory by kind of process, and the most of all together without the emulator.\n\n${processTable(rows)}`,
          `## API calls\n\n${callTable(rows)}`,
        ]),
    ...(pack
      ? [`## Policy pack\n\nPreview of the 13 declared VMs of Pulumi.prod.yaml.\n\n${packTable(pack)}`]
      : []),
    ...(profiles.length > 0
      ? [
          `## Profile\n\nCPU milliseconds by whose code ran, of our Node processes in a preview with refresh and a \`fleet status\` of the 13 declared VMs of Pulumi.prod.yaml; the mean of the runs, measured by V8 itself, which slows them down.\n\n${profileTable(profiles)}`,
        ]
      : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The page with its generated part replaced; what is written by hand stays. */
export function withGenerated(page: string, generated: string): string {
  const [byHand = ""] = page.split(marker);
  return `${byHand}${marker}\n\n${generated}`;
}
