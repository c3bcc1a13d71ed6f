import { z } from "zod";
import { fleetSpec } from "../fleet-spec.ts";

/** A stack file: the fleet, and how Proxmox is reached where the environment does not say. */
const stackFile = z
  .looseObject({
    config: z
      .looseObject({
        "proxmox-fleet:fleet": fleetSpec,
        "proxmox-fleet:endpoint": z
          .string()
          .meta({ description: "https address of Proxmox VE. PROXMOX_VE_ENDPOINT wins." })
          .optional(),
        "proxmox-fleet:apiToken": z
          .looseObject({ secure: z.string().meta({ description: "What Pulumi encrypted." }) })
          .meta({
            description: "API token, set with `pulumi config set --secret`. PROXMOX_VE_API_TOKEN wins.",
          })
          .optional(),
        "proxmox-fleet:caFile": z
          .string()
          .meta({ description: "PEM file of the authority. PROXMOX_VE_CA_FILE and SSL_CERT_FILE win." })
          .optional(),
        "proxmox-fleet:insecure": z
          .union([z.boolean(), z.enum(["true", "false"])])
          .meta({ description: "Skip certificate checks. PROXMOX_VE_INSECURE wins." })
          .optional(),
      })
      .meta({ description: "Stack configuration." }),
  })
  .meta({ title: "Stack file of proxmox-fleet" });

/** The JSON schema of a stack file, as text: what `fleet.schema.json` holds. */
export function stackSchema(): string {
  const schema = z.toJSONSchema(stackFile, {
    io: "input",
    override: ({ jsonSchema }) => {
      // Every whole number gets JavaScript's limit, which tells a reader nothing.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
