import { judgedFromLive } from "../../policy/from-live.ts";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi, type VmLocation } from "../../proxmox/api/vm-api.ts";
import { type LiveVm, VmReader } from "../../proxmox/api/vm-reader.ts";
import { upcomingConfig } from "../../proxmox/snapshot.ts";
import { readListed, visibleVms } from "../cluster/read-vm.ts";
import { mapBounded } from "../map-bounded.ts";
import type { AuditedVm, AuditedVms } from "./audited-vms.ts";

/** VMs read at once, with two requests each; a node's API daemon has three workers by default. */
const atOnce = 3;

interface ReadVm {
  readonly audited: AuditedVm;
  readonly now: JudgedVm;
  readonly next: JudgedVm;
}

/**
 * Reads every VM of the cluster that the token may see, with GET requests alone.
 *
 * @param keyOf the key under which a VM is declared
 * @throws {Error} when nothing can be read; a single VM that cannot is told in `unread`
 */
export async function readNode(
  client: ProxmoxClient,
  keyOf: (vmid: number) => string | undefined,
  progress: (text: string) => void,
): Promise<AuditedVms> {
  const api = new VmApi(client);
  const reader = new VmReader(api);
  const located = await visibleVms(api, client.endpoint);
  const templates = located.filter(({ template }) => template);
  const vms = located.filter(({ template }) => !template);
  progress(`reads ${vms.length} VMs from ${client.endpoint}`);
  const read = await mapBounded(vms, atOnce, (vm) =>
    readListed(reader, vm, (live) => judgedVm(vm.vmid, keyOf(vm.vmid), live)),
  );
  const judged = read.filter((one) => one !== undefined && "audited" in one);
  const unread = read.filter((one) => one !== undefined && "reason" in one);
  return {
    source: client.endpoint,
    vms: [...judged.map(({ audited }) => audited), ...templates.map(asTemplate)],
    now: judged.map(({ now }) => now),
    next: judged.map(({ next }) => next),
    unread,
  };
}

function judgedVm(vmid: number, key: string | undefined, { node, status, snapshot }: LiveVm): ReadVm {
  const known = { vmid, status, ...(key !== undefined && { key }) };
  const now = judgedFromLive({ ...known, config: snapshot.current });
  const next = judgedFromLive({ ...known, config: upcomingConfig(snapshot) });
  const foreignDrives = now.options.foreignSlots?.length ?? 0;
  return { audited: { vmid, name: now.name, node, status, template: false, foreignDrives }, now, next };
}

function asTemplate({ vmid, node, name = `VM ${vmid}` }: VmLocation): AuditedVm {
  return { vmid, name, node, status: "stopped", template: true, foreignDrives: 0 };
}
