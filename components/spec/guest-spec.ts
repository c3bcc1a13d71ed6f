import { z } from "zod";
import { advice } from "./advice.ts";
import { snippetVolume } from "./forensics-spec.ts";
import { driveSlot, ipConfigSlot } from "./slots.ts";

const publicKey = z
  .string()
  .min(1)
  .regex(/^(?![\s\S]*PRIVATE KEY)/)
  .register(advice, {
    wrong: "is no public key",
    allowed: "one public key, such as ssh-ed25519 AAAAC3... user@host",
    fix: "put the .pub file's line there; a private key that was written into a file is to be replaced by a new pair",
  });

/** Processor of a VM. */
export const cpuSpec = z
  .strictObject({
    cores: z
      .int()
      .min(1)
      .max(2304)
      .meta({ description: "Cores per socket. Cold. Required by `create`." })
      .optional(),
    sockets: z
      .int()
      .min(1)
      .max(16)
      .meta({ description: "Sockets. Cold. On created VMs the default is 1." })
      .optional(),
    type: z
      .string()
      .min(1)
      .meta({
        description: "Emulated CPU, such as `host`. Cold. On created VMs the default is `x86-64-v2-AES`.",
      })
      .optional(),
    limit: z
      .number()
      .min(0)
      .max(128)
      .meta({ description: "Limit in cores' worth of time. 0 = no limit." })
      .optional(),
    units: z.int().min(1).max(262144).meta({ description: "Weight against other VMs." }).optional(),
    numa: z.boolean().meta({ description: "Show a NUMA topology to the guest. Cold." }).optional(),
  })
  .meta({ id: "Cpu", description: "Processor." });

/** QEMU guest agent of a VM. */
export const agentSpec = z
  .strictObject({
    enabled: z.boolean().meta({ description: "The guest runs the QEMU agent." }).optional(),
    trimAfterClone: z
      .boolean()
      .meta({ description: "Run fstrim after a disk was cloned or moved." })
      .optional(),
    freezeOnBackup: z
      .boolean()
      .meta({ description: "Freeze the guest's file systems for backups." })
      .optional(),
    type: z.enum(["virtio", "isa"]).meta({ description: "Channel to the agent. Cold." }).optional(),
  })
  .meta({ id: "Agent", description: "QEMU guest agent." });

/** Order and delays at the node's start and shutdown. */
export const startupSpec = z
  .strictObject({
    order: z
      .int()
      .min(0)
      .meta({ description: "Place in the order; lower starts first and stops last." })
      .optional(),
    upSeconds: z.int().min(0).meta({ description: "Wait after this VM's start, in seconds." }).optional(),
    downSeconds: z.int().min(0).meta({ description: "Wait for this VM's shutdown, in seconds." }).optional(),
  })
  .meta({ id: "Startup", description: "Order and delays at the node's start and shutdown." });

const ipSpec = z
  .strictObject({
    address: z
      .string()
      .min(1)
      .meta({ description: "Address with prefix length, or `dhcp` (IPv6 also `auto`)." }),
    gateway: z.string().min(1).meta({ description: "Gateway; none with `dhcp` or `auto`." }).optional(),
  })
  .meta({ id: "Ip", description: "Address of one family." });

/** Cloud-init settings of a VM. Its password is not among them: it would be in plain text in the guest's ISO. */
export const cloudInitSpec = z
  .strictObject({
    user: z.string().min(1).meta({ description: "User to create." }).optional(),
    sshKeys: z
      .array(publicKey)
      .min(1)
      .meta({ description: "Public keys of the user, one item each." })
      .optional(),
    ipConfigs: z
      .record(
        z.string().regex(ipConfigSlot).register(advice, {
          wrong: "is no cloud-init network slot",
          allowed: "ipconfig0 to ipconfig31, as the network devices are numbered",
          fix: "correct the slot",
        }),
        z
          .strictObject({ ipv4: ipSpec.optional(), ipv6: ipSpec.optional() })
          .meta({ id: "IpConfig", description: "Addresses of one network device." }),
      )
      .meta({ description: "Addresses by slot: `ipconfig0` belongs to `net0`." })
      .optional(),
    nameservers: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: "Addresses of DNS servers." })
      .optional(),
    searchDomain: z.string().min(1).meta({ description: "DNS search domain." }).optional(),
    datastore: z
      .string()
      .min(1)
      .meta({ description: "Where the cloud-init drive is made. Creation only." })
      .optional(),
    interface: z
      .string()
      .regex(driveSlot)
      .meta({ description: "Slot of the cloud-init drive. Creation only; the default is `ide2`." })
      .register(advice, { allowed: "ide0-3, sata0-5 or scsi0-30", fix: "name a free slot such as ide2" })
      .optional(),
    vendorData: snippetVolume
      .meta({
        description:
          "Snippet that the guest gets as vendor data, beside what this entry says. The file must be there when the VM starts. Default: the fleet's `forensics.snippet` on created Linux VMs.",
      })
      .optional(),
  })
  .meta({ id: "CloudInit", description: "Cloud-init settings." });

/** Agent, cloud-init and CPU, as a fleet file writes them. */
export type CloudInitSpec = z.infer<typeof cloudInitSpec>;
