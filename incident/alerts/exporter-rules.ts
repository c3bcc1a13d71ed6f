import type { AlertRule, RuleGroup } from "./alert-rule.ts";

const capture = "npx fleet autopsy {{ $labels.vmid }}";
const vm = "{{ $labels.vm }} (VM {{ $labels.vmid }})";
const drive = `${vm} {{ $labels.slot }}`;

/** Alerts from the metrics of `fleet watch`. */
export const exporterRules: RuleGroup = {
  name: "proxmox-fleet",
  rules: [
    stall({
      alert: "VmDiskStalled",
      expr: "proxmox_fleet_drive_stalled == 1",
      summary: `${drive} completes nothing any more`,
      description:
        "It wrote steadily, then completed no read, write or flush for at least two minutes while QEMU answered, and other signals of the guest agree. The guest hangs without a word in any log.",
    }),
    stall({
      alert: "VmIoError",
      expr: 'proxmox_fleet_vm_qmp_status{status="io-error"} == 1',
      summary: `${vm} was stopped by QEMU because of an I/O error`,
      description:
        "QEMU paused the guest, since a drive answered with an error: often a storage that is full or gone.",
    }),
    quiet({
      alert: "VmChangesWaiting",
      expr: "proxmox_fleet_vm_pending_changes > 0",
      for: "1d",
      severity: "info",
      summary: `${vm}: {{ $value }} changes wait for a cold stop and start`,
      first: "npx fleet status {{ $labels.vmid }}",
      next: "plan a cold stop and start; a reboot from inside the guest applies nothing",
      description: "QEMU still runs with the old values.",
    }),
    quiet({
      alert: "VmUncapped",
      expr: "proxmox_fleet_drive_uncapped == 1",
      for: "15m",
      severity: "warning",
      summary: `${drive} has no I/O cap`,
      first: "npx fleet audit --policy",
      next: "declare caps in the stack file, or add an exemption with its owner to policy/exemptions.yaml",
      description:
        "The policy wants a cap on every data drive: one guest alone can take the storage from all others.",
    }),
    quiet({
      alert: "VmDrift",
      expr: "proxmox_fleet_vm_drifted_keys > 0",
      for: "30m",
      severity: "warning",
      summary: `${vm}: {{ $value }} declared keys are not as declared`,
      first: "pulumi preview --refresh --diff",
      next: "find out who changed it, then pulumi up, or declare what is right now",
      description: "Somebody changed the VM by hand, or the stack file is ahead of the last pulumi up.",
    }),
    quiet({
      alert: "FleetWatchAway",
      // `absent` is silent while another fleet watch is scraped; one that was there within a day is missed by itself.
      expr: "count_over_time(proxmox_fleet_poll_success[1d]) unless on (job, instance) proxmox_fleet_poll_success or on () absent(proxmox_fleet_poll_success)",
      for: "5m",
      severity: "warning",
      summary:
        "fleet watch{{ with $labels.instance }} at {{ . }}{{ end }} is not scraped: nobody sees a stall",
      first: "systemctl status fleet-watch",
      next: "start it, or correct the scrape job",
      description: "Without its metrics none of the other alerts of this group can fire.",
    }),
    quiet({
      alert: "FleetWatchBlind",
      expr: "proxmox_fleet_poll_success == 0",
      for: "5m",
      severity: "warning",
      summary: "fleet watch cannot read Proxmox: nobody sees a stall",
      first: "journalctl -u fleet-watch -n 20",
      next: "its last line says what Proxmox answers; look at the node, the token and the network between",
      description: "While it cannot read, nothing is exposed of any VM, and none of their alerts can fire.",
    }),
  ],
};

type Text = Omit<AlertRule["annotations"], "first" | "next" | "runbook">;

function stall({ alert, expr, summary, description }: Text & Pick<AlertRule, "alert" | "expr">): AlertRule {
  return {
    alert,
    expr,
    labels: { severity: "critical" },
    annotations: {
      summary,
      first: capture,
      next: "npx fleet kill {{ $labels.vmid }} once the capture is complete; a kill before it destroys the evidence",
      description: `First: ${capture}. ${description}`,
      runbook: "docs/stalls.md",
    },
  };
}

interface Quiet extends Text {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: "warning" | "info";
  readonly first: string;
  readonly next: string;
}

function quiet({ alert, expr, for: held, severity, summary, first, next, description }: Quiet): AlertRule {
  return {
    alert,
    expr,
    for: held,
    labels: { severity },
    annotations: {
      summary,
      first,
      next,
      description: `First: ${first}. ${description}`,
      runbook: "docs/alerts.md",
    },
  };
}
