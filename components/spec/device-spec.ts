import { z } from "zod";
import { advice } from "./advice.ts";
import { hostPciSlot, serialSlot, usbSlot } from "./slots.ts";

/** One PCI device that is handed to the guest. */
const hostPciSpec = z
  .strictObject({
    mapping: z
      .string()
      .min(1)
      .meta({ description: "Name of a cluster resource mapping. Works with API tokens." })
      .optional(),
    id: z
      .string()
      .min(1)
      .meta({ description: "Raw address such as `0000:06:00.0`. Proxmox lets only root@pam set it." })
      .optional(),
    pcie: z.boolean().meta({ description: "PCI Express port; needs machine q35." }).optional(),
    primaryGpu: z.boolean().meta({ description: "The guest's primary GPU." }).optional(),
    rombar: z
      .boolean()
      .meta({ description: "Show the device's ROM to the guest. Proxmox's default: true." })
      .optional(),
    romFile: z
      .string()
      .min(1)
      .meta({ description: "ROM file on the node, relative to /usr/share/kvm." })
      .optional(),
    mdev: z.string().min(1).meta({ description: "Type of mediated device." }).optional(),
  })
  .meta({
    id: "HostPci",
    description: "One PCI device of the host: exactly one of `mapping` and `id`. Cold.",
  });

/** One USB device that is handed to the guest. */
const usbSpec = z
  .strictObject({
    mapping: z.string().min(1).meta({ description: "Name of a cluster resource mapping." }).optional(),
    host: z
      .string()
      .min(1)
      .meta({ description: "`VENDOR:PRODUCT`, `BUS-PORT` or `spice`. Only `spice` is open to API tokens." })
      .optional(),
    usb3: z.boolean().meta({ description: "USB 3." }).optional(),
  })
  .meta({ id: "Usb", description: "One USB device of the host: exactly one of `mapping` and `host`." });

/** Watchdog device of a VM. */
export const watchdogSpec = z
  .strictObject({
    model: z
      .enum(["i6300esb", "ib700"])
      .meta({ description: "Device. On created VMs the default is `i6300esb`." })
      .optional(),
    action: z
      .enum(["reset", "shutdown", "poweroff", "pause", "debug", "none"])
      .meta({
        description: "What happens when the guest stops polling. On created VMs the default is `reset`.",
      })
      .optional(),
  })
  .meta({ id: "Watchdog", description: "Watchdog device. Cold." });

/** EFI variables disk; made with the VM and never changed. */
export const efiSpec = z
  .strictObject({
    datastore: z.string().min(1).meta({ description: "Where the disk is made." }),
    preEnrolledKeys: z
      .boolean()
      .meta({ description: "Secure Boot with Microsoft's keys. Default: false." })
      .optional(),
    type: z
      .enum(["4m", "2m"])
      .meta({ description: "Size of the variables store. Default: `4m`." })
      .optional(),
  })
  .meta({ id: "Efi", description: "EFI variables disk. Creation only; sets `bios: ovmf`." });

/** TPM state disk; made with the VM and never changed. */
export const tpmSpec = z
  .strictObject({
    datastore: z.string().min(1).meta({ description: "Where the disk is made." }),
    version: z.enum(["v2.0", "v1.2"]).meta({ description: "TPM version. Default: `v2.0`." }).optional(),
  })
  .meta({ id: "Tpm", description: "TPM state disk. Creation only." });

const slot = (pattern: RegExp, what: string, allowed: string) =>
  z
    .string()
    .regex(pattern)
    .register(advice, { wrong: `is no ${what} slot`, allowed, fix: "correct the slot" });

/** PCI devices by slot. */
export const passthroughSpec = z
  .record(slot(hostPciSlot, "PCI passthrough", "hostpci0 to hostpci15"), hostPciSpec)
  .meta({ description: "PCI devices of the host by slot: hostpci0 to hostpci15." });

/** USB devices by slot. */
export const usbsSpec = z
  .record(slot(usbSlot, "USB", "usb0 to usb14"), usbSpec)
  .meta({ description: "USB devices of the host by slot: usb0 to usb14." });

/** Serial ports by slot. */
export const serialsSpec = z
  .record(
    slot(serialSlot, "serial port", "serial0 to serial3"),
    z
      .string()
      .regex(/^(socket|\/dev\/.+)$/)
      .register(advice, {
        allowed: "socket, or a device of the host such as /dev/ttyS0",
        fix: "write socket",
      }),
  )
  .meta({ description: "Serial ports by slot, serial0 to serial3: `socket` or a device of the host. Cold." });

/** One PCI device of the host, as a fleet file writes it. */
export type HostPciSpec = z.infer<typeof hostPciSpec>;
