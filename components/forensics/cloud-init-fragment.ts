import { stringify } from "yaml";
import { forensicsFiles, type NetconsoleTarget, netconsoleService } from "./forensics-files.ts";

/**
 * The fleet's forensics as a cloud-config, for a snippet that guests get as vendor data. User data stays free.
 *
 * @see https://pve.proxmox.com/pve-docs/qm.1.html cicustom
 */
export function cloudInitFragment(target: NetconsoleTarget): string {
  const config = {
    write_files: forensicsFiles(target).map(({ path, mode, content }) => ({
      path,
      permissions: mode,
      owner: "root:root",
      content,
    })),
    runcmd: [
      ["sysctl", "--system"],
      ["systemctl", "enable", "--now", "--no-block", netconsoleService],
    ],
  };
  return `#cloud-config\n# Vendor data of proxmox-fleet: what is left of a guest that froze (docs/forensics.md).\n${stringify(config, { lineWidth: 0 })}`;
}
