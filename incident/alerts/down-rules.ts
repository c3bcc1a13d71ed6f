import type { AlertRule, RuleGroup } from "./alert-rule.ts";

/** A VM whose guest Prometheus scrapes. */
export interface ScrapedVm {
  /** Its key in the fleet file. */
  readonly key: string;
  readonly vmid: number;
  /** Prometheus's job. */
  readonly scrapeJob: string;
}

/**
 * One alert for each VM: its guest has not answered for three minutes.
 *
 * @throws {Error} when two keys would make the name of one alert
 */
export function downRules(vms: readonly ScrapedVm[]): RuleGroup {
  const keys = new Map<string, string>();
  for (const { key } of vms) {
    const name = downAlert(key);
    const other = keys.get(name);
    if (other !== undefined) {
      throw new Error(
        `proxmox-fleet:fleet.vms.${key}.scrapeJob: makes the alert of ${other} as well (got ${name}); allowed is one VM for each alert, named after its key without - . and _; rename one of the two entries, or leave out one scrapeJob`,
      );
    }
    keys.set(name, key);
  }
  return { name: "proxmox-fleet-down", rules: vms.map(downRule) };
}

/** Name of the alert: `K8sNode1Down` for `k8s-node1`. */
export function downAlert(key: string): string {
  const words = key.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const name = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join("");
  return `${/^\d/.test(name) ? "Vm" : ""}${name}Down`;
}

function downRule({ key, vmid, scrapeJob }: ScrapedVm): AlertRule {
  return {
    alert: downAlert(key),
    expr: `up{job="${scrapeJob}"} == 0`,
    for: "3m",
    labels: { severity: "critical", vm: key, vmid: String(vmid) },
    annotations: {
      summary: `${key} (VM ${vmid}) has not answered its scrapes for 3 minutes`,
      first: `npx fleet autopsy ${key}`,
      next: `npx fleet stalls ${key} says whether a drive stands still; kill or restart only when the capture is complete`,
      description: `First: npx fleet autopsy ${key}. Prometheus's job ${scrapeJob} gets no answer. A guest that is wedged says nothing itself: Proxmox's own statistics of VM ${vmid} do.`,
      runbook: "docs/stalls.md",
    },
  };
}
