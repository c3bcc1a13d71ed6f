/** Kinds of slots that hold a drive which a guest sees. */
export type Bus = "ide" | "sata" | "scsi" | "virtio";

const counts: Readonly<Record<string, number>> = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  efidisk: 1,
  tpmstate: 1,
  unused: 256,
};

/** Words for an error about a slot. */
export const driveSlotsAllowed = "allowed are scsi0-30, virtio0-15, sata0-5 and ide0-3";

/** Bus of a slot that holds anything of the drive kind, `efidisk`, `tpmstate` and `unused` included. */
export function slotKind(slot: string): string | undefined {
  const match = /^([a-z]+)(0|[1-9]\d*)$/.exec(slot);
  const kind = match?.[1] ?? "";
  return Object.hasOwn(counts, kind) && Number(match?.[2]) < (counts[kind] ?? 0) ? kind : undefined;
}

/** Bus of a guest's drive slot; undefined for anything else, `scsi31` included. */
export function busOf(slot: string): Bus | undefined {
  const kind = slotKind(slot);
  return kind === "ide" || kind === "sata" || kind === "scsi" || kind === "virtio" ? kind : undefined;
}

/** Every slot of `scsi1-29`, or of one slot; undefined when it is no slot, or a range that runs backwards. */
export function expandSlots(range: string): string[] | undefined {
  const match = /^([a-z]+)(\d+)(?:-(\d+))?$/.exec(range.trim());
  if (match === null) return undefined;
  const [, bus = "", first = "", last = first] = match;
  const from = Number(first);
  const to = Number(last);
  if (to < from || busOf(`${bus}${first}`) === undefined || busOf(`${bus}${last}`) === undefined)
    return undefined;
  return Array.from({ length: to - from + 1 }, (_, offset) => `${bus}${from + offset}`);
}

/** All slots of a list of slots and ranges; items that are none are left out. */
export function slotSet(ranges: readonly string[]): ReadonlySet<string> {
  return new Set(ranges.flatMap((range) => expandSlots(range) ?? []));
}
