import type { DriveSpec } from "../spec/drive-spec.ts";
import { splitSlot } from "../spec/slots.ts";
import type { Mistake } from "./mistake.ts";

/** What the rules of a drive need to know of its VM. */
export interface DriveContext {
  readonly slot: string;
  readonly controller: "virtio-scsi-single" | "virtio-scsi-pci" | undefined;
}

const bufferedCaches = ["writethrough", "writeback", "unsafe"];

/** Mistakes between a drive's options, its bus and the VM's controller; paths start at the drive. */
export function driveRules(drive: DriveSpec, { slot, controller }: DriveContext): Mistake[] {
  const [bus] = splitSlot(slot);
  const mistakes: Mistake[] = [];
  if (drive.iothread !== undefined && (bus === "sata" || bus === "ide")) {
    mistakes.push({
      path: ["iothread"],
      wrong: `does not exist on ${bus}`,
      got: drive.iothread,
      allowed: "iothread only on scsi and virtio drives",
      fix: "remove iothread, or move the drive to a scsi slot by hand",
    });
  }
  if (drive.iothread === true && bus === "scsi" && controller === "virtio-scsi-pci") {
    mistakes.push({
      path: ["iothread"],
      wrong: "has no effect with controller virtio-scsi-pci",
      got: drive.iothread,
      allowed: "iothread on scsi drives only with controller virtio-scsi-single",
      fix: "write controller: virtio-scsi-single, or remove iothread",
    });
  }
  if (drive.ssd !== undefined && bus === "virtio") {
    mistakes.push({
      path: ["ssd"],
      wrong: "does not exist on virtio",
      got: drive.ssd,
      allowed: "ssd only on scsi, sata and ide drives",
      fix: "remove ssd",
    });
  }
  if (drive.aio === "native" && drive.cache !== undefined && bufferedCaches.includes(drive.cache)) {
    mistakes.push({
      path: ["aio"],
      wrong: `does not start with the buffered cache ${drive.cache}`,
      got: drive.aio,
      allowed: "aio native only with cache none or directsync",
      fix: "write aio: io_uring or threads, or cache: none",
    });
  }
  return mistakes;
}
