/** Series in promtool's notation. */
export type Series = Readonly<Record<string, string>>;

/** One alert with series under which it fires at a time, and with others under which it does not. */
export interface AlertCase {
  readonly alert: string;
  /** When it is looked at: `4m`. */
  readonly at: string;
  readonly fires: Series;
  /** What differs from a firing one, and the series. */
  readonly silent: readonly (readonly [string, Series, at?: string])[];
}

const vm = 'vmid="102",vm="devvm"';
const drive = `${vm},slot="scsi0"`;
const alive = { proxmox_fleet_poll_success: "1x1600" };

const home = 'id="qemu/102",instance="pve.home.example",job="pve"';
const away = 'id="qemu/102",instance="pve.away.example",job="pve"';

/** The incident as prometheus-pve-exporter would have scraped it each minute: steady, then still from minute 20 on. */
function guest(
  names: { readonly written: string; readonly sent: string },
  over: Series = {},
  id = 'id="qemu/102"',
): Series {
  return {
    [`${names.written}{${id}}`]: "0+5760000x19 109440000x90",
    [`${names.sent}{${id}}`]: "0+22800000x19 433200000+420000x90",
    [`pve_cpu_usage_ratio{${id}}`]: "0.11x19 0.11+0.02x20 0.5x70",
    [`pve_up{${id}}`]: "1x120",
    [`pve_uptime_seconds{${id}}`]: "86400+60x120",
    ...over,
  };
}

const now = { written: "pve_disk_written_bytes_total", sent: "pve_network_transmit_bytes_total" };
const older = { written: "pve_disk_write_bytes", sent: "pve_network_transmit_bytes" };
const sentNow = 'pve_network_transmit_bytes_total{id="qemu/102"}';

/** Another cluster's VM of the same number, in steady use. */
const busyAway: Series = {
  [`pve_disk_written_bytes_total{${away}}`]: "0+5760000x120",
  [`pve_network_transmit_bytes_total{${away}}`]: "0+22800000x120",
  [`pve_cpu_usage_ratio{${away}}`]: "0.11x120",
  [`pve_up{${away}}`]: "1x120",
  [`pve_uptime_seconds{${away}}`]: "86400+60x120",
};
/** The same VM having written nothing all day, as an idle one does. */
const idleAway: Series = { ...busyAway, [`pve_disk_written_bytes_total{${away}}`]: "0x120" };

export const cases: readonly AlertCase[] = [
  {
    alert: "DevvmDown",
    at: "8m",
    fires: { 'up{job="devvm",instance="192.0.2.10:9100"}': "1x4 0x20" },
    silent: [
      ["two minutes", { 'up{job="devvm",instance="192.0.2.10:9100"}': "1x5 0x20" }, "8m"],
      ["another job", { 'up{job="node",instance="192.0.2.10:9100"}': "1x4 0x20" }],
      ["an answer in between", { 'up{job="devvm",instance="192.0.2.10:9100"}': "1x4 0 0 1 0x20" }],
    ],
  },
  {
    alert: "VmDiskStalled",
    at: "3m",
    fires: { [`proxmox_fleet_drive_stalled{${drive}}`]: "0x2 1x10" },
    silent: [["none is stalled", { [`proxmox_fleet_drive_stalled{${drive}}`]: "0x10" }]],
  },
  {
    alert: "VmIoError",
    at: "3m",
    fires: { [`proxmox_fleet_vm_qmp_status{${vm},status="io-error"}`]: "1x10" },
    silent: [["paused by hand", { [`proxmox_fleet_vm_qmp_status{${vm},status="paused"}`]: "1x10" }]],
  },
  {
    alert: "VmChangesWaiting",
    at: "25h",
    fires: { [`proxmox_fleet_vm_pending_changes{${vm}}`]: "2x1600" },
    silent: [
      ["for less than a day", { [`proxmox_fleet_vm_pending_changes{${vm}}`]: "0x120 2x1400" }],
      ["nothing waits", { [`proxmox_fleet_vm_pending_changes{${vm}}`]: "0x1600" }],
    ],
  },
  {
    alert: "VmUncapped",
    at: "20m",
    fires: { [`proxmox_fleet_drive_uncapped{${drive}}`]: "1x30" },
    silent: [
      ["capped", { [`proxmox_fleet_drive_uncapped{${drive}}`]: "0x30" }],
      ["for five minutes", { [`proxmox_fleet_drive_uncapped{${drive}}`]: "0x15 1x30" }],
    ],
  },
  {
    alert: "VmDrift",
    at: "40m",
    fires: { [`proxmox_fleet_vm_drifted_keys{${vm}}`]: "3x60" },
    silent: [
      ["as declared", { [`proxmox_fleet_vm_drifted_keys{${vm}}`]: "0x60" }],
      ["for as long as a pulumi up takes", { [`proxmox_fleet_vm_drifted_keys{${vm}}`]: "0x20 3x10 0x40" }],
    ],
  },
  {
    alert: "FleetWatchAway",
    at: "10m",
    fires: { up: "1x20" },
    silent: [["it is scraped", alive]],
  },
  {
    alert: "FleetWatchAway",
    at: "30m",
    fires: { 'proxmox_fleet_poll_success{instance="home:9221"}': "1x10 _x50" },
    silent: [],
  },
  {
    alert: "FleetWatchAway",
    at: "30m",
    fires: {
      'proxmox_fleet_poll_success{instance="home:9221"}': "1x10 _x50",
      'proxmox_fleet_poll_success{instance="away:9221"}': "1x60",
    },
    silent: [
      [
        "both are scraped",
        {
          'proxmox_fleet_poll_success{instance="home:9221"}': "1x60",
          'proxmox_fleet_poll_success{instance="away:9221"}': "1x60",
        },
      ],
    ],
  },
  {
    alert: "FleetWatchBlind",
    at: "10m",
    fires: { proxmox_fleet_poll_success: "0x20" },
    silent: [
      ["it reads Proxmox", alive],
      ["for three minutes", { proxmox_fleet_poll_success: "1x6 0x3 1x20" }],
    ],
  },
  ...[now, older].map((names) => ({
    alert: "VmDiskStalledPveExporter",
    at: "24m",
    fires: guest(names),
    silent: [] as const,
  })),
  {
    alert: "VmDiskStalledPveExporter",
    at: "105m",
    fires: { ...guest(now, {}, home), ...idleAway },
    silent: [
      [
        "two clusters have a VM of this number, both in use",
        { ...guest(now, { [`pve_disk_written_bytes_total{${home}}`]: "0+5760000x110" }, home), ...busyAway },
      ],
    ],
  },
  {
    alert: "VmDiskStalledPveExporter",
    at: "105m",
    fires: guest({ ...now }),
    silent: [
      ["at 21 minutes, before it is three", guest(now), "21m"],
      ["it writes on", guest(now, { 'pve_disk_written_bytes_total{id="qemu/102"}': "0+5760000x110" }), "24m"],
      [
        "it writes again",
        guest(now, {
          'pve_disk_written_bytes_total{id="qemu/102"}': "0+5760000x19 109440000x30 109440000+5760000x50",
        }),
        "60m",
      ],
      [
        "its CPU falls, too: idle",
        guest(now, { 'pve_cpu_usage_ratio{id="qemu/102"}': "0.11x19 0.02x100" }),
        "24m",
      ],
      ["its network goes on: computing", guest(now, { [sentNow]: "0+22800000x110" }), "24m"],
      [
        "it wrote every fifth minute only",
        guest(now, {
          'pve_disk_written_bytes_total{id="qemu/102"}':
            "0 0 0 0 0 5 5 5 5 5 10 10 10 10 10 15 15 15 15 15x60",
        }),
        "24m",
      ],
      ["it is stopped", guest(now, { 'pve_up{id="qemu/102"}': "1x19 0x100" }), "24m"],
      [
        "it booted 14 minutes ago",
        guest(now, { 'pve_uptime_seconds{id="qemu/102"}': "0x9 0+60x100" }),
        "24m",
      ],
    ],
  },
];
