import type { NamedVm } from "../stack/named-vm.ts";

/** How a VM is called: by its key in the fleet file, else its name in Proxmox. */
export function vmName({ entry, location }: NamedVm): string {
  return entry?.key ?? location.name ?? `VM ${location.vmid}`;
}

/** What keeps the evidence of a stall, which a kill destroys; the VM by what names it without doubt. */
export function captureCommand({ entry, location }: NamedVm): string {
  return `npx fleet autopsy ${entry?.key ?? location.vmid}`;
}
