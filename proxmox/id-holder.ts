/** Who has an id: a VM or a container that the token may see, or somebody whom it may not. */
export type IdHolder =
  | { readonly kind: "vm" | "container"; readonly node: string; readonly name?: string }
  | { readonly kind: "unseen" };

/** The holder of an id, as one speaks of it: `container 105 'proxy' on node pve2`. */
export function holderText(vmid: number, holder: IdHolder): string {
  if (holder.kind === "unseen") return `a VM or container ${vmid} that the token may not see`;
  const noun = holder.kind === "vm" ? "VM" : "container";
  return `${noun} ${vmid}${holder.name === undefined ? "" : ` '${holder.name}'`} on node ${holder.node}`;
}

/** Why an id cannot be a new VM's: what is wrong, what is allowed, and the ways out. */
export function takenId(vmid: number, holder: IdHolder): string {
  const text = holderText(vmid, holder);
  const wayOut = {
    vm: "remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys",
    container: "choose another vmid",
    unseen: `choose another vmid, or give the token VM.Audit on /vms/${vmid} to see whose it is`,
  }[holder.kind];
  return `is taken (got ${vmid}: ${text} has this id); allowed is an id that no VM and no container has; ${wayOut}`;
}
