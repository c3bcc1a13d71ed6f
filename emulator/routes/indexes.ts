import { requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { findVm } from "../estate.ts";

/** What lies below a path: the key of its rows, and their values in Proxmox's order. */
type Index = readonly [
  path: string,
  key: "subdir" | "name" | "cmd",
  below: string,
  allow?: (call: Call) => void,
];

const VM = "/nodes/{node}/qemu/{vmid}";

function vmExists(call: Call): void {
  findVm(call.estate, call.path("node"), call.path("vmid"));
}

function mayLook(call: Call): void {
  requireAny(call.caller, `/storage/${call.path("storage")}`, ["Datastore.Audit", "Datastore.AllocateSpace"]);
}

/** Most of what is listed is not emulated, and 501 when it is asked for (pve-manager, qemu-server, pve-storage). */
const PATHS: readonly Index[] = [
  ["/", "subdir", "version cluster nodes storage access pools"],
  ["/access", "subdir", "users groups roles acl domains openid tfa ticket password"],
  [
    "/cluster",
    "name",
    "acme backup backup-info bulk-action ceph config firewall ha jobs log mapping metrics notifications nextid " +
      "options qemu replication resources status tasks sdn",
  ],
  [
    "/nodes/{node}",
    "name",
    "aplinfo apt capabilities ceph certificates config disks dns firewall hardware hosts journal lxc migrateall " +
      "netstat network qemu query-oci-repo-tags query-url-metadata replication report rrd rrddata scan sdn services " +
      "spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time version " +
      "vncshell vzdump wakeonlan",
  ],
  ["/nodes/{node}/capabilities", "name", "qemu"],
  ["/nodes/{node}/capabilities/qemu", "name", "cpu cpu-flags machines migration"],
  ["/nodes/{node}/tasks/{upid}", "name", "log status"],
  [
    VM,
    "subdir",
    "config cloudinit pending status unlink vncproxy termproxy migrate resize move rrd rrddata monitor agent " +
      "snapshot spiceproxy sendkey firewall mtunnel remote_migrate",
  ],
  [`${VM}/status`, "subdir", "current start stop reset shutdown suspend reboot", vmExists],
  [`${VM}/snapshot/{snapname}`, "cmd", "rollback config"],
  [
    `${VM}/agent`,
    "name",
    "exec exec-status file-read file-write fsfreeze-freeze fsfreeze-status fsfreeze-thaw fstrim get-fsinfo " +
      "get-host-name get-memory-block-info get-memory-blocks get-osinfo get-time get-timezone get-users get-vcpus info " +
      "network-get-interfaces ping set-user-password shutdown suspend-disk suspend-hybrid suspend-ram",
  ],
  [
    "/nodes/{node}/storage/{storage}",
    "subdir",
    "content download-url file-restore import-metadata identity oci-registry-pull prunebackups rrd rrddata status " +
      "upload",
    mayLook,
  ],
];

/** What there is below a path, for those who find their way by asking. */
export const INDEXES: readonly Endpoint[] = PATHS.map(([path, key, below, allow]) => ({
  method: "GET",
  path,
  ...(allow === undefined ? {} : { allow }),
  run: () => below.split(" ").map((name) => ({ [key]: name })),
}));
