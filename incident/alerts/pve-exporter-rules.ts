import type { RuleGroup } from "./alert-rule.ts";

const guests = '{id=~"qemu/.+"}';
const alert = "VmDiskStalledPveExporter";
const capture = 'npx fleet autopsy {{ reReplaceAll "qemu/" "" $labels.id }}';

/** A counter by its name of today, else by the older one; both are served side by side for a time. */
const either = (now: string, older: string, expr: (metric: string) => string): string =>
  `${expr(`${now}${guests}`)} or ${expr(`${older}${guests}`)}`;

/** Which VM a series is of: another target may have one of the same number. */
const vm = "(job, instance, id)";

const written = "proxmox_fleet:pve_disk_written_bytes:increase3m";
const sent = "proxmox_fleet:pve_network_transmit_bytes:increase3m";

/**
 * The stall from the counters of prometheus-pve-exporter, where `fleet watch` does not run: per VM and not per drive,
 * bytes and not operations. Its counters were renamed to `..._total`; either name will do.
 *
 * A VM is known by its id and by where it was scraped: two clusters may have one of the same number. What begins the
 * alert can be seen for some minutes only, so that the alert then holds itself as long as nothing is written.
 *
 * @see https://github.com/prometheus-pve/prometheus-pve-exporter
 */
export const pveExporterRules: RuleGroup = {
  name: "proxmox-fleet-pve-exporter",
  rules: [
    {
      record: written,
      expr: either(
        "pve_disk_written_bytes_total",
        "pve_disk_write_bytes",
        (metric) => `increase(${metric}[3m])`,
      ),
    },
    {
      record: sent,
      expr: either(
        "pve_network_transmit_bytes_total",
        "pve_network_transmit_bytes",
        (metric) => `increase(${metric}[3m])`,
      ),
    },
    {
      alert,
      expr: [
        `${written} == 0`,
        `and on ${vm} pve_up${guests} == 1`,
        `and on ${vm} (`,
        `  ALERTS{alertname="${alert}", alertstate="firing"}`,
        "  or (",
        `    min_over_time(${written}[10m] offset 3m) > 0`,
        `    and on ${vm} count_over_time(${written}[10m] offset 3m) >= 5`,
        `    and on ${vm} ${sent} < 0.25 * avg_over_time(${sent}[10m] offset 3m)`,
        `    and on ${vm} avg_over_time(pve_cpu_usage_ratio${guests}[2m]) > 1.25 * avg_over_time(pve_cpu_usage_ratio${guests}[10m] offset 3m)`,
        `    and on ${vm} pve_uptime_seconds${guests} > 900`,
        "  )",
        ")",
        "",
      ].join("\n"),
      labels: { severity: "critical" },
      annotations: {
        summary:
          "{{ with $labels.name }}{{ . }}, {{ end }}{{ $labels.id }} of {{ $labels.instance }} has stopped writing while it runs on",
        first: capture,
        next: "npx fleet stalls names the drive; kill only when the capture is complete",
        description: `First: ${capture}. It wrote in every minute of ten, then nothing for three, while its CPU went up and its network fell to less than a quarter.`,
        runbook: "docs/stalls.md",
      },
    },
  ],
};
