import { z } from "zod";
import { advice } from "./advice.ts";
import { nicSlot } from "./slots.ts";

const vlan = z.int().min(1).max(4094);

/** One network device by slot; only the keys that are written are owned. */
const nicSpec = z
  .strictObject({
    bridge: z.string().min(1).meta({ description: "Bridge on the node, such as `vmbr0`." }).optional(),
    vlan: vlan
      .meta({ description: "VLAN tag, 1 to 4094. To take one away: `absent: [nics.net0.vlan]`." })
      .register(advice, {
        fix: "write the tag of the VLAN; for untagged remove vlan, and where the VM has a tag write its path under absent",
      })
      .optional(),
    trunks: z.array(vlan).min(1).meta({ description: "VLANs that are let through as a trunk." }).optional(),
    model: z
      .enum(["virtio", "e1000", "e1000e", "rtl8139", "vmxnet3"])
      .meta({ description: "Device that the guest sees. On created VMs the default is `virtio`." })
      .optional(),
    mac: z
      .string()
      .regex(/^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$/)
      .meta({ description: "MAC address; unicast. Without it Proxmox makes one and keeps it." })
      .register(advice, {
        wrong: "is no unicast MAC address",
        allowed: "six pairs of hex digits with colons, the second digit even",
        fix: "correct it, or leave it out to keep the one there is",
      })
      .optional(),
    firewall: z.boolean().meta({ description: "Apply Proxmox firewall rules to the device." }).optional(),
    rateMBps: z
      .number()
      .min(0)
      .meta({ description: "Rate limit in MB/s (10^6 bytes). 0 = no limit." })
      .optional(),
    mtu: z
      .int()
      .min(1)
      .max(65520)
      .meta({ description: "MTU (virtio only); 1 = that of the bridge." })
      .optional(),
    queues: z.int().min(1).max(64).meta({ description: "Packet queues (virtio only)." }).optional(),
    linkDown: z.boolean().meta({ description: "Pull the virtual cable." }).optional(),
  })
  .meta({ id: "Nic", description: "One network device. Only the keys that are written are owned." });

/** Network devices by slot. */
export const nicsSpec = z
  .record(
    z.string().regex(nicSlot).register(advice, {
      wrong: "is no network device slot",
      allowed: "net0 to net31",
      fix: "correct the slot",
    }),
    nicSpec,
  )
  .meta({ description: "Network devices by slot: net0 to net31. Unlisted slots are untouchable." });

/** One network device, as a fleet file writes it. */
export type NicSpec = z.infer<typeof nicSpec>;
