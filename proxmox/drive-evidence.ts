import { datastoreOf, isLun } from "./drive.ts";

/** What is known of a VM's drives besides its configuration. */
export interface DriveEvidence {
  /** Volume of each declared slot, as it was when a drive was last seen there. */
  readonly lastSeen?: Readonly<Record<string, string>>;
  /** Of these slots, those that were found empty since. */
  readonly emptied?: ReadonlySet<string>;
  /**
   * Bytes of the VM's own volumes, by storage and volume. A storage that was not asked, or that did not answer, is
   * absent: nothing is known of it.
   */
  readonly volumes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Whether a storage that was asked does not have the VM's volume any more; a LUN is in no such answer. */
export function isGone(volume: string, { volumes = {} }: DriveEvidence): boolean {
  const sizes = volumes[datastoreOf(volume) ?? ""];
  return sizes !== undefined && !isLun(volume) && !Object.hasOwn(sizes, volume);
}

/** Bytes that a volume really has; undefined where nobody said. */
export function realSize({ volumes = {} }: DriveEvidence, volume: string): number | undefined {
  return volumes[datastoreOf(volume) ?? ""]?.[volume];
}
