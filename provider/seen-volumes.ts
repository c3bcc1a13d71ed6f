import type { LiveVm } from "../proxmox/api/vm-reader.ts";
import { volumeIn } from "../proxmox/drive.ts";
import type { DriveEvidence } from "../proxmox/drive-evidence.ts";
import type { Change } from "../proxmox/plan.ts";
import { present, upcoming } from "../proxmox/snapshot.ts";
import type { VmConfigInputs, VmConfigOutputs } from "./vm-config-inputs.ts";

/** What the state remembers of drive slots. */
type SeenVolumes = Pick<VmConfigOutputs, "volumes" | "emptied">;

/** What was seen in the VM's slots when they were last looked at. */
export function lastSeen(
  { vmid }: VmConfigInputs,
  old: VmConfigOutputs | undefined,
): Pick<DriveEvidence, "lastSeen" | "emptied"> {
  if (old === undefined || old.vmid !== vmid) return {};
  return { lastSeen: { ...old.volumes }, emptied: new Set(old.emptied) };
}

/** The volumes in the VM's declared slots. */
export function volumesIn({ drives }: VmConfigInputs, live: LiveVm): Record<string, string> {
  return volumesOf(Object.keys(drives), live);
}

/**
 * What is remembered from now on. A slot keeps the volume that was seen there first: another one takes its place
 * once it was written, or came into a slot that had been found empty, which somebody filled knowingly.
 *
 * @param written what this run wrote, which it does only where the volume is accepted
 */
export function seenVolumes(
  slots: readonly string[],
  live: LiveVm,
  before: Pick<DriveEvidence, "lastSeen" | "emptied">,
  written: readonly Change[],
): SeenVolumes {
  const { lastSeen = {}, emptied = new Set<string>() } = before;
  const now = volumesOf(slots, live);
  const isWritten = (slot: string) =>
    written.some(({ path }) => path === `drives.${slot}` || path.startsWith(`drives.${slot}.`));
  const kept = Object.entries(lastSeen).filter(
    ([slot]) => slots.includes(slot) && !isWritten(slot) && (now[slot] === undefined || !emptied.has(slot)),
  );
  const empty = kept.flatMap(([slot]) => (now[slot] === undefined ? [slot] : []));
  return {
    volumes: { ...now, ...Object.fromEntries(kept) },
    ...(empty.length > 0 && { emptied: empty }),
  };
}

function volumesOf(slots: readonly string[], { snapshot }: LiveVm): Record<string, string> {
  const volumes: Record<string, string> = {};
  for (const slot of slots) {
    const volume = volumeIn(slot, present(snapshot, slot) ?? upcoming(snapshot, slot));
    if (volume !== undefined) volumes[slot] = volume;
  }
  return volumes;
}
