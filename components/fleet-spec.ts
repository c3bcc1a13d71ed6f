import { z } from "zod";
import { advice } from "./spec/advice.ts";
import { forensicsSpec } from "./spec/forensics-spec.ts";
import { vmSpec } from "./spec/vm-spec.ts";

/** Key of a VM in the fleet file: its name for this program, and its identity in Pulumi's state. */
export const vmKey = z
  .string()
  .regex(/^(?!\d+$)[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .register(advice, {
    wrong: "is no VM key",
    allowed:
      "letters, digits, dots, hyphens and underscores, beginning with a letter or digit, and not digits alone, which would be a vmid",
    fix: "rename the entry",
  });

/** The fleet: stack configuration key `proxmox-fleet:fleet`. The one source of types, defaults and documentation. */
export const fleetSpec = z
  .strictObject({
    node: z
      .string()
      .min(1)
      .meta({
        description: "Node of every VM that names none. Without it a VM may be anywhere in the cluster.",
      })
      .optional(),
    forensics: forensicsSpec.optional(),
    vms: z
      .record(vmKey, vmSpec)
      .meta({ description: "VMs by a name of your choice, usually that in Proxmox." }),
  })
  .meta({
    id: "Fleet",
    description: "VMs whose configuration this program owns, exactly as far as written.",
  });

/** The fleet, as the stack file writes it. */
export type FleetSpec = z.infer<typeof fleetSpec>;
