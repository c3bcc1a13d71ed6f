import { judgedFromLive } from "../../policy/from-live.ts";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import { VmApi, type VmLocation } from "../../proxmox/api/vm-api.ts";
import { type LiveVm, VmReader } from "../../proxmox/api/vm-reader.ts";
import { PropertyStringError } from "../../proxmox/property-string.ts";
import { upcomingConfig } from "../../proxmox/snapshot.ts";
import { mapBounded } from "../map-bounded.ts";
import type { AuditedVm, AuditedVms, Unread } from "./audited-vms.ts";

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
 * @throws {Error} when nothing can be read; a single VM that cannot is told in `unread`
 */
export async function readNode(client: ProxmoxClient, progress: (text: string) => void): Promise<AuditedVms> {
  const api = new VmApi(client);
  const reader = new VmReader(api);
  const located = (await api.list()).toSorted((one, other) => one.vmid - other.vmid);
  if (located.length === 0) {
    throw new Error(
      `${client.endpoint}: the token sees no VM (got none); allowed is a token whose user has VM.Audit on the VMs, and the token itself when its privileges are separated; give it a role with VM.Audit (pveum acl modify), then run again`,
    );
  }
  const templates = located.filter(({ template }) => template);
  const vms = located.filter(({ template }) => !template);
  progress(`reads ${vms.length} VMs from ${client.endpoint}`);
  const read = await mapBounded(vms, atOnce, (vm) => readVm(reader, vm));
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

/** One VM; undefined when it was destroyed since it was listed. */
async function readVm(
  reader: VmReader,
  { vmid, node, name }: VmLocation,
): Promise<ReadVm | Unread | undefined> {
  try {
    const live = await reader.read(vmid, node);
    return live && judgedVm(vmid, live);
  } catch (error) {
    const isItsOwn = error instanceof ProxmoxError && (error.isNodeUnreachable || error.status === 403);
    if (!isItsOwn && !(error instanceof PropertyStringError)) throw error;
    return { vmid, ...(name !== undefined && { name }), reason: error.message };
  }
}

function judgedVm(vmid: number, { node, status, snapshot }: LiveVm): ReadVm {
  const now = judgedFromLive({ vmid, status, config: snapshot.current });
  const next = judgedFromLive({ vmid, status, config: upcomingConfig(snapshot) });
  const foreignDrives = now.options.foreignSlots?.length ?? 0;
  return { audited: { vmid, name: now.name, node, status, template: false, foreignDrives }, now, next };
}

function asTemplate({ vmid, node, name = `VM ${vmid}` }: VmLocation): AuditedVm {
  return { vmid, name, node, status: "stopped", template: true, foreignDrives: 0 };
}
