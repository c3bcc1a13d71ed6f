import { spawnSync } from "node:child_process";

/** Prometheus's own checker, from Debian's package `prometheus`. */
export const promtool = "promtool";
/** Alertmanager's, from `prometheus-alertmanager`. */
export const amtool = "amtool";

/** Empty where the tool is installed; else the reason for a test's title. */
export function unlessInstalled(tool: string): string {
  return spawnSync(tool, ["--version"]).error === undefined ? "" : ` (skipped: ${tool} is not installed)`;
}
