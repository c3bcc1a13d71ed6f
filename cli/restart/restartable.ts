import type { VmApi, VmStatus } from "../../proxmox/api/vm-api.ts";
import type { LiveVm, VmReader } from "../../proxmox/api/vm-reader.ts";
import type { NamedVm } from "../stack/named-vm.ts";

/** A VM that may be restarted, as it was read. */
export interface Restartable {
  readonly live: LiveVm;
  readonly status: VmStatus;
}

/**
 * Reads a VM and refuses one that must not be restarted, before anything was asked of it.
 *
 * @throws {Error} with the reason, and the way out
 */
export async function readRestartable(api: VmApi, reader: VmReader, vm: NamedVm): Promise<Restartable> {
  const { label } = vm;
  const { vmid, node, template } = vm.location;
  if (template) {
    throw new Error(`${label}: a template (got template: 1); allowed is a VM that can run; name another`);
  }
  const live = await reader.read(vmid, node);
  if (live === undefined) {
    throw new Error(
      `${label}: it is gone (got no node that has it); allowed is a VM that exists; list the cluster's VMs, then run again`,
    );
  }
  const status = await api.status(live.node, vmid);
  const lock = status.lock ?? live.snapshot.current.lock;
  if (lock !== undefined) {
    throw new Error(
      `${label}: something is under way with it (got VM is locked (${lock})); allowed is a VM without a lock; wait until that has ended, or if it died, run qm unlock ${vmid} on node ${live.node}, then run again`,
    );
  }
  if (status.haManaged) {
    throw new Error(
      `${label}: the HA manager decides when it runs, and would interfere (got ha.managed: 1); allowed is a VM that it does not manage now; run ha-manager set vm:${vmid} --state ignored, then this again, then ha-manager set vm:${vmid} --state started`,
    );
  }
  if (status.status === "stopped") {
    throw new Error(
      `${label}: it does not run (got stopped); allowed is a running VM; start it, which applies what waits: qm start ${vmid} on node ${live.node}`,
    );
  }
  await requirePrivilege(api, label, vmid);
  return { live, status };
}

/** Asked beforehand: a node that was drained for nothing is worse than a refusal. */
async function requirePrivilege(api: VmApi, label: string, vmid: number): Promise<void> {
  if ((await api.privileges(vmid)).has("VM.PowerMgmt")) return;
  throw new Error(
    `${label}: the token may not stop and start it (got no VM.PowerMgmt on /vms/${vmid}); allowed is a token that has VM.PowerMgmt on /vms/${vmid}; give the token and its user a role with it (pveum acl modify), then run again`,
  );
}
