import { z } from "zod";

const vmidOf = (description: string) => z.int().min(100).max(999999999).meta({ description });

/** How the program brings a VM into existence. Without it the VM must exist already and is adopted. */
export const creationSpec = z
  .strictObject({
    blank: z
      .strictObject({
        datastore: z.string().min(1).meta({ description: "Where drives without a `datastore` are made." }),
      })
      .meta({ id: "Blank", description: "Empty drives, of the sizes under `drives`." })
      .optional(),
    template: z
      .strictObject({
        vmid: vmidOf("Id of the template (or VM) to clone."),
        full: z
          .boolean()
          .meta({ description: "Full copy; false makes a linked clone. Default: true." })
          .optional(),
        datastore: z
          .string()
          .min(1)
          .meta({ description: "Where a full copy is made. Default: where the template's drives are." })
          .optional(),
      })
      .meta({
        id: "Template",
        description: "A clone. Its drives are those of the template; `drives` must give their sizes.",
      })
      .optional(),
    image: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .meta({ description: "Disk image with content type import: `STORE:import/FILE.qcow2`." }),
        datastore: z.string().min(1).meta({ description: "Where drives without a `datastore` are made." }),
      })
      .meta({
        id: "Image",
        description: "A disk image, imported into the first boot device that is a drive.",
      })
      .optional(),
    start: z.boolean().meta({ description: "Start the VM once it is made. Default: true." }).optional(),
    protect: z.boolean().meta({ description: "Pulumi refuses to destroy the VM. Default: true." }).optional(),
  })
  .meta({
    id: "Creation",
    description: "The program creates this VM: exactly one of blank, template and image.",
  });

/** How a VM is brought into existence, as a fleet file writes it. */
export type CreationSpec = z.infer<typeof creationSpec>;
