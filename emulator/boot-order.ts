import { isDriveKey, slotsOf } from "./drive-schema.ts";
import { isCdrom, readDrive } from "./drive-string.ts";
import { BOOT } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";
import { splitList } from "./text-formats.ts";
import type { Section } from "./vm.ts";

/** The devices in `boot: order=...`, first one first; empty for the legacy form. */
export function bootOrder(config: ReadonlyMap<string, string>): readonly string[] {
  const boot = config.get("boot");
  if (boot === undefined) return [];
  return splitList(parseProperties(BOOT, "boot", boot).get("order") ?? "");
}

/** The text of an order; none at all is an empty text. */
export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? "" : `order=${devices.join(";")}`;
}

/** The drives that cannot be unplugged from a running VM because they are in the boot order. */
export function bootDisks(config: ReadonlyMap<string, string>): readonly string[] {
  const order = bootOrder(config);
  if (order.length > 0) return order.filter(isDriveKey);
  const legacy = config.get("bootdisk");
  return legacy === undefined ? [] : [legacy];
}

/** The order that a new VM gets when it asks for none: first disk, first CD-ROM, first nic. */
export function defaultBootOrder(config: Section): string {
  const slots = (["ide", "scsi", "virtio", "sata"] as const).flatMap(slotsOf);
  const drives = slots
    .map((slot) => readDrive(slot, config.get(slot)))
    .filter((drive) => drive !== undefined);
  const disk = drives.find((drive) => !isCdrom(drive));
  const cdrom = drives.find(isCdrom);
  const nic = Array.from({ length: 32 }, (_, index) => `net${index}`).find((key) => config.has(key));
  const devices = [disk?.slot, cdrom?.slot, nic].filter((device) => device !== undefined);
  return printBootOrder(devices);
}
