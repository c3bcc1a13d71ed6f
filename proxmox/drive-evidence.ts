import { datastoreOf } from "./drive.ts";

/** What is known of a VM's drives besides its configuration. */
export interface DriveEvidence {
  /** Volume of each declared slot, as it was when a drive was last seen there. */
  readonly lastSeen?: Readonly<Record<string, string>>;
  /**
   * Bytes of the VM's own volumes, by storage and volume. A storage that was not asked, or that did not answer, is
   * absent: nothing is known of it.
   */
  readonly volumes?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Bytes that a volume really has; undefined where nobody said. */
export function realSize({ volumes = {} }: DriveEvidence, volume: string): number | undefined {
  return volumes[datastoreOf(volume) ?? ""]?.[volume];
}
