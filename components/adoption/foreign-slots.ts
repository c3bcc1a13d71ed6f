import { isCdrom, ownerOf } from "../../proxmox/drive.ts";
import { busOf, expandSlots } from "../../proxmox/drive-slots.ts";
import { compareSlots, splitSlot } from "../spec/slots.ts";
import type { Readings } from "./readings.ts";

/** Where a CSI driver attaches, besides `scsi0` when that is free. */
const csiSlots = expandSlots("scsi1-29") ?? [];

/**
 * Slots that hold another VM's volume, now or after the next cold start. Where one of them is of a CSI driver,
 * also every slot that the driver may use next.
 */
export function foreignSlotsOf(vmid: number, views: readonly Readings[]): ReadonlySet<string> {
  const volumes = views.flatMap((view) =>
    Object.keys(view.config)
      .filter((slot) => busOf(slot) !== undefined)
      .map((slot) => [slot, foreignVolume(vmid, view, slot)] as const),
  );
  const foreign = new Set(volumes.flatMap(([slot, volume]) => (volume === undefined ? [] : [slot])));
  if (!volumes.some(([, volume]) => volume !== undefined && isCsiVolume(volume))) return foreign;
  const taken = new Set(volumes.map(([slot]) => slot));
  return new Set([...foreign, ...["scsi0", ...csiSlots].filter((slot) => !taken.has(slot))]);
}

/** Slots as the fleet file writes them: `scsi1-29`, or a list when one range is not enough. */
export function writtenSlots(slots: ReadonlySet<string>): string | string[] | undefined {
  const ranges: { bus: string; first: number; last: number }[] = [];
  for (const slot of [...slots].toSorted(compareSlots)) {
    const [bus, index] = splitSlot(slot);
    const range = ranges.at(-1);
    if (range?.bus === bus && range.last === index - 1) range.last = index;
    else ranges.push({ bus, first: index, last: index });
  }
  const texts = ranges.map(({ bus, first, last }) =>
    first === last ? `${bus}${first}` : `${bus}${first}-${last}`,
  );
  return texts.length > 1 ? texts : texts[0];
}

function foreignVolume(vmid: number, view: Readings, slot: string): string | undefined {
  const drive = view.drive(slot);
  if (drive === undefined || isCdrom(drive)) return undefined;
  const volume = drive.get("file") ?? "";
  const owner = ownerOf(volume);
  return owner === undefined || owner === vmid ? undefined : volume;
}

/** proxmox-csi names its volumes `vm-9999-pvc-ID`, and may be told another number. */
function isCsiVolume(volume: string): boolean {
  return /[:/]vm-\d+-pvc-/.test(volume);
}
