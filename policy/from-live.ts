import { datastoreOf, isCdrom, ownerOf, parseDrive } from "../proxmox/drive.ts";
import { busOf } from "../proxmox/drive-slots.ts";
import type { JudgedVm } from "./judged-vm.ts";

/** A VM's configuration as the node answers it. */
export interface LiveConfig {
  readonly vmid: number;
  /** Its key in the fleet file; absent where no entry declares it. */
  readonly key?: string;
  readonly status: "running" | "stopped";
  /** Options and devices by Proxmox's own keys: those that QEMU runs with, or those of the next start. */
  readonly config: Readonly<Record<string, string | number>>;
}

/**
 * A VM on a node. Disks that another VM owns by name, such as a CSI driver's, are nobody's here to judge.
 *
 * @see GET /nodes/{node}/qemu/{vmid}/config
 */
export function judgedFromLive({ vmid, key, status, config }: LiveConfig): JudgedVm {
  const texts = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]));
  const drives: Record<string, Record<string, string>> = {};
  const foreignSlots: string[] = [];
  for (const [slot, text] of Object.entries(texts)) {
    if (busOf(slot) === undefined) continue;
    const drive = parseDrive(slot, text);
    if (isCdrom(drive)) continue;
    const volume = drive.get("file") ?? "";
    const owner = ownerOf(volume);
    if (owner !== undefined && owner !== vmid) {
      foreignSlots.push(slot);
      continue;
    }
    const datastore = datastoreOf(volume);
    drives[slot] = { ...Object.fromEntries(drive), ...(datastore !== undefined && { datastore }) };
  }
  return {
    name: texts.name ?? `VM ${vmid}`,
    vmid,
    exemptAs: [key ?? String(vmid)],
    source: "live",
    config: texts,
    drives,
    complete: true,
    unknown: [],
    options: { foreignSlots, stopped: status === "stopped" },
  };
}
