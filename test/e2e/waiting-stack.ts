import { productionStack, withFleet } from "./fleet-file.ts";

/** What waits on VM 102 after `up`: from the emulated LSI controller to virtio-scsi-single. */
export const waits = [
  "options.scsihw: (absent) => virtio-scsi-single",
  "drives.scsi0.aio: (absent) => threads",
  "drives.scsi0.iothread: (absent) => 1",
];

/** The production stack with another cap on VM 102, so that something is live besides. */
export function waitingStack(): string {
  return withFleet(productionStack(), [["vms.devvm.drives.scsi0.caps.writeMiBps", 80]]);
}
