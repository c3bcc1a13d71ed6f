/** Drive slots that Proxmox has: scsi0-30, virtio0-15, sata0-5, ide0-3. */
export const driveSlot = /^(scsi(30|[12]?[0-9])|virtio(1[0-5]|[0-9])|sata[0-5]|ide[0-3])$/;
/** Network device slots: net0-31. */
export const nicSlot = /^net(3[01]|[12]?[0-9])$/;
/** PCI passthrough slots: hostpci0-15. */
export const hostPciSlot = /^hostpci(1[0-5]|[0-9])$/;
/** USB passthrough slots: usb0-14. */
export const usbSlot = /^usb(1[0-4]|[0-9])$/;
/** Serial port slots: serial0-3. */
export const serialSlot = /^serial[0-3]$/;
/** Cloud-init network slots: ipconfig0-31. */
export const ipConfigSlot = /^ipconfig(3[01]|[12]?[0-9])$/;

/** Bus and index of a slot: `scsi12` is `["scsi", 12]`. */
export function splitSlot(slot: string): readonly [bus: string, index: number] {
  const digits = slot.search(/[0-9]+$/);
  return [slot.slice(0, digits), Number(slot.slice(digits))];
}

/** Compares slots by bus and then by index, so that `scsi2` comes before `scsi10`. */
export function compareSlots(a: string, b: string): number {
  const [busA, indexA] = splitSlot(a);
  const [busB, indexB] = splitSlot(b);
  return busA === busB ? indexA - indexB : busA < busB ? -1 : 1;
}

/** The text or list of a `foreignSlots` entry as a list: `"scsi0, scsi2-29"` has two items. */
export function slotRanges(foreignSlots: string | readonly string[]): string[] {
  const items = typeof foreignSlots === "string" ? foreignSlots.split(",") : foreignSlots;
  return items.map((item) => item.trim()).filter((item) => item !== "");
}
