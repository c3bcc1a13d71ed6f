import { z } from "zod";
import { advice } from "./advice.ts";

/** Port that netconsole sends to when nobody says. */
export const netconsolePort = 6666;

/** A file among the snippets of a storage, as Proxmox names it: `local:snippets/forensics.yaml`. */
export const snippetVolume = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]*:snippets\/[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .register(advice, {
    wrong: "is no snippet",
    allowed: "a file in a storage with content type snippets: STORE:snippets/FILE",
    fix: "correct it, such as local:snippets/forensics.yaml",
  });

const ipv4 = (description: string) =>
  z.ipv4().meta({ description }).register(advice, {
    wrong: "is no IPv4 address",
    allowed: "four numbers such as 192.0.2.1, without a prefix length",
    fix: "correct the address",
  });

const listenerSpec = z
  .strictObject({
    address: ipv4("Address that guests send to: that of the machine with `fleet listen`."),
    port: z
      .int()
      .min(1024)
      .max(65535)
      .meta({ description: `UDP port. Default: ${netconsolePort}.` })
      .optional(),
    sources: z
      .record(z.string(), ipv4("Address of the VM."))
      .meta({
        description:
          "Addresses of VMs by their key, for VMs without a fixed address under `cloudInit`, or to correct it.",
      })
      .optional(),
  })
  .meta({ id: "Listener", description: "Where guests send what their kernels say (netconsole over UDP)." });

/** What is left of a guest that froze, for the whole fleet. */
export const forensicsSpec = z
  .strictObject({
    listener: listenerSpec,
    snippet: snippetVolume
      .meta({
        description:
          "What `fleet listen --cloud-init` printed, placed on the node. The default of `cloudInit.vendorData` on created Linux VMs with `cloudInit`.",
      })
      .optional(),
  })
  .meta({ id: "Forensics", description: "What is left of a guest that froze." });
