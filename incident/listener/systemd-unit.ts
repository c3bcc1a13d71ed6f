/** What a unit needs to know of the machine it is for. */
export interface UnitArgs {
  /** Node's executable. */
  readonly node: string;
  /** The checkout with the commands. */
  readonly checkout: string;
  /** Folder of the stack file. */
  readonly folder: string;
  readonly stack: string;
  /** ADDRESS:PORT to listen on; without it the fleet's listener. */
  readonly listen?: string;
}

/** Name of the unit, and of its folder below /var/log. */
export const unitName = "fleet-listen";

/** Memory that the listener may take, in MiB; it takes about half. The heap alone is told a third. */
export const memoryBoundMiB = 256;

/**
 * The systemd unit that keeps a listener running, with no more rights than it uses: a user of its own, one folder
 * that it may write, one port. No MemoryDenyWriteExecute, since Node compiles while it runs.
 */
export function systemdUnit({ node, checkout, folder, stack, listen }: UnitArgs): string {
  const words = [
    node,
    `--max-old-space-size=${Math.floor(memoryBoundMiB / 3)}`,
    `${checkout}/cli/main.ts`,
    "listen",
    "--stack",
    stack,
    ...(listen === undefined ? [] : ["--listen", listen]),
    "--logs",
    `/var/log/${unitName}`,
  ];
  return `# Written by: fleet listen --systemd-unit
[Unit]
Description=Kernel messages of the fleet's VMs (netconsole)
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${words.map(quoted).join(" ")}
WorkingDirectory=${specifiersOff(folder)}
Restart=always
RestartSec=5

DynamicUser=yes
LogsDirectory=${unitName}
LogsDirectoryMode=0700
UMask=0077
MemoryMax=${memoryBoundMiB}M
MemorySwapMax=0
TasksMax=32
LimitNOFILE=4096

CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
RemoveIPC=yes
LockPersonality=yes
RestrictAddressFamilies=AF_INET
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line as systemd reads it: in quotes where needed, with no specifier or variable in it. */
function quoted(word: string): string {
  const text = specifiersOff(word).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("$", "$$$$");
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `"${text}"`;
}

function specifiersOff(text: string): string {
  return text.replaceAll("%", "%%");
}
