import { z } from "zod";
import { advice } from "./advice.ts";
import { creationSpec } from "./creation-spec.ts";
import { efiSpec, passthroughSpec, serialsSpec, tpmSpec, usbsSpec, watchdogSpec } from "./device-spec.ts";
import { drivesSpec } from "./drive-spec.ts";
import { agentSpec, cloudInitSpec, cpuSpec, startupSpec } from "./guest-spec.ts";
import { nicsSpec } from "./nic-spec.ts";

/** DNS name as Proxmox wants it for a VM. */
export const dnsName = /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/**
 * One VM. Without `create` the VM is adopted: exactly the keys that its entry writes are owned, and nothing
 * has a default. With `create` the VM is made, and defaults fill in what makes a sound VM.
 */
export const vmSpec = z
  .strictObject({
    vmid: z.int().min(100).max(999999999).meta({ description: "Id of the VM in the cluster." }),
    node: z.string().min(1).meta({ description: "Node of the VM. Default: the fleet's `node`." }).optional(),
    name: z
      .string()
      .regex(dnsName)
      .meta({
        description: "Name in Proxmox. Owned when written; on created VMs the default is the entry's key.",
      })
      .register(advice, {
        wrong: "is no DNS name",
        allowed: "letters, digits, hyphens and dots",
        fix: "correct the name",
      })
      .optional(),
    controller: z
      .enum(["virtio-scsi-single", "virtio-scsi-pci"])
      .meta({ description: "SCSI controller. Cold. On created VMs the default is `virtio-scsi-single`." })
      .register(advice, {
        wrong: "is not offered",
        fix: "write virtio-scsi-single, which gives each disk an I/O thread; it applies at the next cold stop and start",
      })
      .optional(),
    cpu: cpuSpec.optional(),
    memoryMiB: z.int().min(64).meta({ description: "Memory in MiB. Cold. Required by `create`." }).optional(),
    balloonMiB: z
      .int()
      .min(0)
      .meta({
        description:
          "Least memory that ballooning may leave, in MiB; 0 = no balloon device. On created VMs the default is `memoryMiB`.",
      })
      .optional(),
    drives: drivesSpec.optional(),
    absent: z
      .array(z.string().min(1))
      .min(1)
      .meta({
        description:
          "Keys of this entry that the VM must not have, by path: `nics.net0.vlan`, `cpu.limit`, `startup`. They are removed, and kept away. No drives, network devices or other devices as a whole.",
      })
      .register(advice, { allowed: "a list of paths such as nics.net0.vlan", fix: "correct it" })
      .optional(),
    foreignSlots: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .meta({
        description:
          "Slots that somebody else owns, such as a CSI driver: `scsi1-29`, or a list. Never written.",
      })
      .register(advice, { allowed: "text such as scsi1-29, or a list of such", fix: "correct it" })
      .optional(),
    nics: nicsSpec.optional(),
    boot: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: "Devices to boot from, in order. Cold." })
      .optional(),
    onboot: z
      .boolean()
      .meta({ description: "Start with the node. On created VMs the default is `false`." })
      .optional(),
    startup: startupSpec.optional(),
    agent: agentSpec.optional(),
    cloudInit: cloudInitSpec.optional(),
    efi: efiSpec.optional(),
    tpm: tpmSpec.optional(),
    passthrough: passthroughSpec.optional(),
    usb: usbsSpec.optional(),
    serial: serialsSpec.optional(),
    watchdog: watchdogSpec.optional(),
    forensics: z
      .boolean()
      .meta({
        description:
          "Keep what a frozen guest says last: owns `serial0: socket` unless `serial` says otherwise. Cold. On created VMs the default is `true`, with the fleet's snippet.",
      })
      .optional(),
    tags: z
      .array(
        z
          .string()
          .regex(/^[a-z0-9_][a-z0-9_+.-]*$/)
          .register(advice, {
            wrong: "is no tag",
            allowed: "lower-case letters, digits and _ + . -, as Proxmox stores tags",
            fix: "write it in lower case, without blanks",
          }),
      )
      .meta({ description: "Tags; all of them, in any order." })
      .optional(),
    pool: z.string().min(1).meta({ description: "Resource pool. Creation only." }).optional(),
    description: z
      .string()
      .max(8192)
      .meta({ description: "Notes of the VM (Markdown); at most 8192 characters." })
      .optional(),
    protection: z
      .boolean()
      .meta({ description: "Proxmox refuses to remove the VM or a disk of it." })
      .optional(),
    machine: z.string().min(1).meta({ description: "Machine type, such as `q35`. Cold." }).optional(),
    bios: z.enum(["seabios", "ovmf"]).meta({ description: "Firmware. Cold." }).optional(),
    osType: z
      .enum([
        "l26",
        "l24",
        "other",
        "solaris",
        "win11",
        "win10",
        "win8",
        "win7",
        "w2k8",
        "wvista",
        "w2k3",
        "wxp",
        "w2k",
      ])
      .meta({ description: "Guest system. Cold. On created VMs the default is `l26`." })
      .optional(),
    formerKeys: z
      .array(z.string().min(1))
      .min(1)
      .meta({
        description:
          "Keys that this entry had before. After a rename, Pulumi's state follows it and nothing is written.",
      })
      .optional(),
    scrapeJob: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_./:-]*$/)
      .meta({
        description:
          "Prometheus job that scrapes the guest: `fleet alerts` makes an alert of its silence. Nothing in Proxmox. Default: none.",
      })
      .register(advice, {
        wrong: "is no name of a job",
        allowed: "letters, digits and _ . / : -, beginning with a letter, a digit or _",
        fix: "write the job_name of Prometheus's configuration",
      })
      .optional(),
    create: creationSpec.optional(),
  })
  .meta({ id: "Vm", description: "One VM: adopted, or with `create` made by this program." });

/** One VM, as a fleet file writes it. */
export type VmSpec = z.infer<typeof vmSpec>;
