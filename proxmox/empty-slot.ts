import { datastoreOf, ownerOf, volumeIn } from "./drive.ts";
import { type DriveEvidence, isGone } from "./drive-evidence.ts";
import { slotKind } from "./drive-slots.ts";
import type { OwnedKey } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";
import { readableProperties } from "./property-string.ts";
import { gibibytes } from "./size.ts";
import { present, type VmSnapshot } from "./snapshot.ts";

/** Own volumes that are never a drive's disk: saved memory, cloud-init data, what a backup keeps aside. */
const noDisk = /[:/]vm-\d+-(?:state-|cloudinit|fleece-)/;

/** One sign that an empty slot held a drive, and the volume that it may have been. */
interface Sign {
  readonly sign: string;
  readonly volume?: string;
}

/**
 * Why a declared slot that is empty must not get a new disk: a drive that Proxmox cannot read is in none of its
 * answers, and one that was detached is somewhere else. Undefined when nothing speaks for one.
 */
export function heldBefore(
  owned: OwnedKey,
  vmid: number,
  snapshot: VmSnapshot,
  evidence: DriveEvidence,
): Problem | undefined {
  const signs = signsOf(owned, vmid, snapshot, evidence);
  if (signs.length === 0) return undefined;
  const volume = signs.find((one) => one.volume !== undefined)?.volume ?? "VOLUME";
  const { size, datastore } = owned;
  const disk = `${datastore?.to ?? "STORAGE"}:${size === undefined ? "GIB" : gibibytes(size.to)}`;
  return problem(
    owned.path,
    "the slot is empty, and something speaks for a drive that was there",
    signs.map(({ sign }) => sign).join("; "),
    "allowed is a new disk where nothing does",
    `look into /etc/pve/qemu-server/${vmid}.conf on its node first: a line that Proxmox cannot read is in no answer, and the next write of anybody drops it, so correct it there; a disk that was detached comes back with qm set ${vmid} --${owned.key} ${volume} (qm disk rescan --vmid ${vmid} finds the unlisted); if a new, empty disk is meant, make it yourself with qm set ${vmid} --${owned.key} ${disk}; then run again`,
  );
}

/** Storages that know whether anything speaks for a drive in this slot. */
export function storagesToAsk({ key, datastore }: OwnedKey, { lastSeen = {} }: DriveEvidence): string[] {
  const stores = [datastore?.to, datastoreOf(lastSeen[key] ?? "")];
  return stores.filter((store) => store !== undefined);
}

function signsOf({ key }: OwnedKey, vmid: number, snapshot: VmSnapshot, evidence: DriveEvidence): Sign[] {
  const { inUse, unused } = volumesIn(snapshot);
  const { lastSeen = {}, volumes = {} } = evidence;
  const signs: Sign[] = [];
  const last = Object.hasOwn(lastSeen, key) ? lastSeen[key] : undefined;
  if (last !== undefined && !inUse.has(last) && !isGone(last, evidence)) {
    signs.push({ sign: `it held ${last} when it was last looked at`, volume: last });
  }
  if (snapshot.inQemu?.has(key)) signs.push({ sign: "QEMU runs a drive there" });
  if (bootsFrom(snapshot, key)) signs.push({ sign: "the boot order names it" });
  for (const [slot, volume] of unused) {
    if (ownerOf(volume) === vmid) signs.push({ sign: `${slot} is ${volume}`, volume });
  }
  const listed = new Set([...inUse, ...unused.map(([, volume]) => volume)]);
  for (const volume of Object.values(volumes).flatMap((sizes) => Object.keys(sizes))) {
    if (ownerOf(volume) !== vmid || listed.has(volume) || volume === last || noDisk.test(volume)) continue;
    signs.push({ sign: `${volume} is VM ${vmid}'s and in no line of its config`, volume });
  }
  return signs;
}

function bootsFrom(snapshot: VmSnapshot, slot: string): boolean {
  const boot = readableProperties({ keys: {}, defaultKey: "legacy" }, present(snapshot, "boot"));
  const order = boot?.get("order");
  if (order !== undefined) return order.split(/[;,\s]+/).includes(slot);
  return present(snapshot, "bootdisk") === slot;
}

/** Volumes of drives, now or after the next cold start, and those that are kept aside by their slot. */
function volumesIn({ current, pending }: VmSnapshot): {
  inUse: ReadonlySet<string>;
  unused: readonly (readonly [slot: string, volume: string])[];
} {
  const inUse = new Set<string>();
  const unused: (readonly [string, string])[] = [];
  for (const [key, text] of [...Object.entries(current), ...Object.entries(pending)]) {
    const kind = slotKind(key);
    const volume = kind === undefined ? undefined : volumeIn(key, text);
    if (volume === undefined) continue;
    if (kind === "unused") unused.push([key, volume]);
    else inUse.add(volume);
  }
  return { inUse, unused };
}
