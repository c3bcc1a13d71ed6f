import { datastoreOf, volumeIn } from "./drive.ts";
import { type DriveEvidence, isGone, realSize } from "./drive-evidence.ts";
import { slotKind } from "./drive-slots.ts";
import { type Problem, problem } from "./problem.ts";
import { upcomingConfig, type VmSnapshot } from "./snapshot.ts";

/**
 * Why nothing is written of a slot in which another disk is than the one that was last seen there. One that is gone
 * from its storage was moved by Proxmox, or destroyed, and cannot be meant; one that is put into an empty slot is.
 */
export function swappedDisk(
  slot: string,
  volume: string,
  vmid: number,
  snapshot: VmSnapshot,
  evidence: DriveEvidence,
): Problem | undefined {
  const last = lastIn(slot, evidence);
  if (last === undefined || last === volume || isGone(last, evidence)) return undefined;
  const at = slotOf(last, snapshot);
  return problem(
    `drives.${slot}`,
    "another disk is in the slot than was last seen there",
    `${volume}, last seen ${last}, which is ${at === undefined ? "in no slot now" : `${at} now`}`,
    "allowed are changes of the disk that was seen there",
    [
      `if they were mixed up, put them back (qm set ${vmid} --${slot} ${last})`,
      ...leftBehind(last, at, vmid, evidence).map((fix) => `if Proxmox moved the disk, ${fix}`),
      `if ${volume} is meant, take ${slot} out of drives, run pulumi up, and declare it again`,
    ].join("; "),
  );
}

/** What to do about the copy that a move may have left; nothing where the disk is in use. */
function leftBehind(last: string, at: string | undefined, vmid: number, evidence: DriveEvidence): string[] {
  if (at !== undefined) {
    if (slotKind(at) !== "unused") return [];
    return [`remove the copy that it left (qm disk unlink ${vmid} --idlist ${at}) once nobody needs it`];
  }
  if (realSize(evidence, last) !== undefined) {
    return [`remove the copy that it left (pvesm free ${last}) once nobody needs it`];
  }
  return [`let the token see that ${last} is gone (Datastore.Audit on /storage/${datastoreOf(last) ?? ""})`];
}

/** The storage that knows whether the disk which was last seen in the slot is gone. */
export function storageOfSwapped(slot: string, volume: string, evidence: DriveEvidence): string[] {
  const last = lastIn(slot, evidence);
  const storage = last === undefined || last === volume ? undefined : datastoreOf(last);
  return storage === undefined ? [] : [storage];
}

function lastIn(slot: string, { lastSeen = {}, emptied }: DriveEvidence): string | undefined {
  return Object.hasOwn(lastSeen, slot) && !emptied?.has(slot) ? lastSeen[slot] : undefined;
}

/** Where the VM has a volume now. */
function slotOf(volume: string, snapshot: VmSnapshot): string | undefined {
  const configs = [snapshot.current, upcomingConfig(snapshot)];
  const slots = configs.flatMap((config) =>
    Object.entries(config).filter(
      ([slot, text]) => slotKind(slot) !== undefined && volumeIn(slot, text) === volume,
    ),
  );
  return slots[0]?.[0];
}
