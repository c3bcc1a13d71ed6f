import type { DeclaredVm } from "../../proxmox/declared.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";

/** A declaration that owns nothing but what a test says. */
export function declare(parts: Partial<DeclaredVm> = {}): DeclaredVm {
  return { vmid: 102, options: {}, drives: {}, nics: {}, foreignSlots: [], ...parts };
}

/** A running VM with what a test says; what waits is given apart. */
export function vmWith(
  current: Readonly<Record<string, string>>,
  rest: Partial<Pick<VmSnapshot, "pending" | "running">> & { deletes?: readonly string[] } = {},
): VmSnapshot {
  return {
    digest: "d1",
    running: rest.running ?? true,
    current,
    pending: rest.pending ?? {},
    pendingDeletes: new Set(rest.deletes ?? []),
  };
}

/** VM 102 as the incident left it. */
export const devvm: Readonly<Record<string, string>> = {
  boot: "order=scsi0",
  cores: "16",
  memory: "24576",
  net0: "virtio=BC:24:11:00:01:02,bridge=vmbr1,firewall=1,tag=10",
  scsi0: "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
};
