import { z } from "zod";
import { advice } from "./advice.ts";

const rate = (what: string) =>
  z
    .number()
    .min(0)
    .meta({ description: `Limit of ${what} in MiB/s. 0 = no limit. Whole numbers on a VM with \`create\`.` })
    .register(advice, {
      allowed: "a number from 0, where 0 means no limit",
      fix: "write the limit in MiB/s, or 0 to lift it",
    })
    .optional();

const operations = (what: string) =>
  z
    .int()
    .min(0)
    .meta({ description: `Limit of ${what} in operations per second. 0 = no limit.` })
    .register(advice, {
      allowed: "a whole number from 0, where 0 means no limit",
      fix: "write the limit in operations per second, or 0 to lift it",
    })
    .optional();

const seconds = (burst: string) =>
  z
    .int()
    .min(1)
    .meta({ description: `How long \`${burst}\` may last, in seconds. Proxmox's own default: 1.` })
    .optional();

/**
 * I/O limits of one drive. Either `total...` or `read...`/`write...` per unit, never both.
 *
 * @see https://pve.proxmox.com/pve-docs/api-viewer/#/nodes/{node}/qemu/{vmid}/config
 */
export const capsSpec = z
  .strictObject({
    readMiBps: rate("reads"),
    writeMiBps: rate("writes"),
    totalMiBps: rate("reads and writes together"),
    readBurstMiBps: rate("reads during a burst"),
    writeBurstMiBps: rate("writes during a burst"),
    totalBurstMiBps: rate("reads and writes together during a burst"),
    readBurstMiBpsSeconds: seconds("readBurstMiBps"),
    writeBurstMiBpsSeconds: seconds("writeBurstMiBps"),
    totalBurstMiBpsSeconds: seconds("totalBurstMiBps"),
    readIops: operations("reads"),
    writeIops: operations("writes"),
    totalIops: operations("reads and writes together"),
    readBurstIops: operations("reads during a burst"),
    writeBurstIops: operations("writes during a burst"),
    totalBurstIops: operations("reads and writes together during a burst"),
    readBurstIopsSeconds: seconds("readBurstIops"),
    writeBurstIopsSeconds: seconds("writeBurstIops"),
    totalBurstIopsSeconds: seconds("totalBurstIops"),
  })
  .meta({ id: "Caps", description: "I/O limits of the drive: MiB/s and operations per second." });

/** I/O limits of one drive, as a fleet file writes them. */
export type CapsSpec = z.infer<typeof capsSpec>;
