/** Where the guest sends what its kernel says. */
export interface NetconsoleTarget {
  /** IPv4 address of the listener. */
  readonly address: string;
  readonly port: number;
}

/** One file in the guest. */
export interface GuestFile {
  readonly path: string;
  /** Permissions, octal. */
  readonly mode: string;
  readonly content: string;
}

/** Port that the guest's kernel sends from: netconsole's own default. */
const sourcePort = 6665;

/** The files that make a Linux guest keep its last words: kernel settings, and netconsole once there is a network. */
export function forensicsFiles(target: NetconsoleTarget): GuestFile[] {
  return [
    { path: "/etc/sysctl.d/60-fleet-forensics.conf", mode: "0644", content: kernelSettings },
    { path: "/usr/local/sbin/fleet-netconsole", mode: "0755", content: netconsoleScript(target) },
    { path: `/etc/systemd/system/${netconsoleService}`, mode: "0644", content: netconsoleUnit },
  ];
}

/** Name of the guest's unit that starts netconsole. */
export const netconsoleService = "fleet-netconsole.service";

/** A leading - lets a kernel without the key pass. */
const kernelSettings = `# A panic waits 60 s, so that its trace is sent and seen, then restarts the guest.
kernel.panic = 60
# Up to info: the traces of blocked tasks are info, and distributions send less.
kernel.printk = 7 4 1 7
# A task that waits 2 min for a dead disk is reported with its trace. Ten reports, the default, are used up by
# small stalls long before the one that matters.
-kernel.hung_task_timeout_secs = 120
-kernel.hung_task_warnings = 1000
# A stuck guest stays stuck: a panic would restart it into the same dead disk and wipe its memory.
-kernel.hung_task_panic = 0
-kernel.softlockup_panic = 0
-kernel.softlockup_all_cpu_backtrace = 1
`;

/** netconsole wants an interface that is up, with its address and the next hop's MAC: the routes know all three. */
function netconsoleScript({ address, port }: NetconsoleTarget): string {
  return `#!/bin/bash
# Sends what the kernel says to ${address}:${port}, along the route that leads there now.
set -eu
route=$(ip -4 -o route get ${address})
word_after() { echo "$route" | sed -n "s/.* $1 \\([^ ]*\\).*/\\1/p"; }
device=$(word_after dev)
source=$(word_after src)
hop=$(word_after via)
hop=\${hop:-${address}}
# The first message also makes the next hop's MAC known. Without one all goes to the whole segment.
echo "netconsole starts on $device" >/dev/udp/${address}/${port}
for _ in 1 2 3 4 5; do
  mac=$(ip -4 neigh show "$hop" dev "$device" | sed -n 's/.*lladdr \\([^ ]*\\).*/\\1/p')
  if [ -n "$mac" ]; then break; fi
  sleep 1
done
modprobe -r netconsole 2>/dev/null || true
exec modprobe netconsole netconsole="+${sourcePort}@$source/$device,${port}@${address}/$mac"
`;
}

const netconsoleUnit = `[Unit]
Description=Kernel messages over the network (netconsole)
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/fleet-netconsole
Restart=on-failure
RestartSec=30

[Install]
WantedBy=multi-user.target
`;
