import { z } from "zod";
import { advice } from "./advice.ts";
import { capsSpec } from "./caps-spec.ts";
import { driveSlot } from "./slots.ts";

/** One drive by slot; every key is optional and only the keys that are written are owned. */
const driveSpec = z
  .strictObject({
    aio: z
      .enum(["io_uring", "threads", "native"])
      .meta({
        description:
          "How QEMU submits I/O to the host. Cold. On created VMs the default is `io_uring`. `native` needs an unbuffered cache.",
      })
      .optional(),
    iothread: z
      .boolean()
      .meta({
        description:
          "An I/O thread of its own instead of QEMU's main loop (scsi with virtio-scsi-single, or virtio). Cold. On created VMs the default is `true` where the bus can.",
      })
      .optional(),
    cache: z
      .enum(["none", "directsync", "writethrough", "writeback", "unsafe"])
      .meta({ description: "Host cache mode. Cold. On created VMs the default is `none`." })
      .optional(),
    discard: z
      .boolean()
      .meta({
        description: "Pass discard (trim) to the storage. Cold. On created VMs the default is `true`.",
      })
      .optional(),
    ssd: z
      .boolean()
      .meta({ description: "Tell the guest that the drive is an SSD (scsi, sata, ide). Cold." })
      .optional(),
    backup: z
      .boolean()
      .meta({ description: "Include the drive in backups. On created VMs the default is `true`." })
      .optional(),
    sizeGiB: z
      .int()
      .min(1)
      .meta({ description: "Size in GiB. Grows only: a smaller value than the real one is refused." })
      .optional(),
    datastore: z
      .string()
      .min(1)
      .meta({
        description: "Where to allocate the drive when the slot is empty. An existing drive is never moved.",
      })
      .optional(),
    caps: capsSpec.optional(),
  })
  .meta({ id: "Drive", description: "One drive. Only the keys that are written are owned." });

/** Drives by slot. */
export const drivesSpec = z
  .record(
    z.string().regex(driveSlot).register(advice, {
      wrong: "is no drive slot",
      allowed: "scsi0-30, virtio0-15, sata0-5, ide0-3",
      fix: "correct the slot",
    }),
    driveSpec,
  )
  .meta({
    description: "Drives by slot: scsi0-30, virtio0-15, sata0-5, ide0-3. Unlisted slots are untouchable.",
  });

/** One drive, as a fleet file writes it. */
export type DriveSpec = z.infer<typeof driveSpec>;
