import { stringify } from "yaml";
import type { RuleGroup } from "./alert-rule.ts";
import { alertmanagerConfig, messageTemplate, templateFile } from "./alertmanager.ts";
import { downRules, type ScrapedVm } from "./down-rules.ts";
import { exporterRules } from "./exporter-rules.ts";
import { pveExporterRules } from "./pve-exporter-rules.ts";

/** A file of the alerting configuration. */
export interface AlertFile {
  readonly name: string;
  readonly text: string;
}

const made = "Written by fleet alerts; changes by hand are lost with its next run.";

/**
 * All files of the alerting configuration.
 *
 * @param vms those that Prometheus scrapes
 * @param slackUrlFile where Alertmanager's host has the webhook's address
 * @throws {Error} when two VMs would make one alert
 */
export function alertFiles(vms: readonly ScrapedVm[], slackUrlFile: string): AlertFile[] {
  const down = downRules(vms);
  return [
    rulesFile("proxmox-fleet.rules.yml", [...(down.rules.length > 0 ? [down] : []), exporterRules]),
    rulesFile("proxmox-fleet-pve-exporter.rules.yml", [pveExporterRules]),
    { name: "alertmanager.yml", text: yaml(alertmanagerConfig(slackUrlFile)) },
    { name: templateFile, text: `{{/* ${made} */}}\n${messageTemplate}` },
  ];
}

function rulesFile(name: string, groups: readonly RuleGroup[]): AlertFile {
  return { name, text: yaml({ groups }) };
}

function yaml(value: unknown): string {
  return `# ${made}\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}
