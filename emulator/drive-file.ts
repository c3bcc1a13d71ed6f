/** `STORE:N`: a new volume of N GiB; the groups are storage and size. */
export const NEW_DISK = /^(?:([^:/\s]+):)?(\d+(?:\.\d+)?)$/;

/** `STORE:cloudinit`: a new cloud-init image; the group is the storage. */
export const NEW_CLOUD_INIT = /^(?:([^:/\s]+):)?cloudinit$/;
