/** Name of the package, as in Pulumi.yaml and in every token. */
export const packageName = "proxmoxfleet";
export const packageVersion = "0.1.0";
/** @see components/vm-config.ts, which registers it. */
export const resourceToken = "proxmoxfleet:index:VmConfig";
/** Invoke: whether a vmid is taken. */
export const findVmToken = "proxmoxfleet:index:findVm";
/** Invoke: which names Proxmox does not have. */
export const missingNamesToken = "proxmoxfleet:index:missingNames";
