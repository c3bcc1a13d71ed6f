import { driveKeys } from "./drive-keys.ts";
import { type Bus, slotKind } from "./drive-slots.ts";
import type { KeyRule, PropertyFormat } from "./key-rule.ts";

/** Spellings that Proxmox rewrites. */
const aliases = {
  volume: "file",
  bps_rd_length: "bps_rd_max_length",
  bps_wr_length: "bps_wr_max_length",
  iops_rd_length: "iops_rd_max_length",
  iops_wr_length: "iops_wr_max_length",
};

const file: KeyRule = { type: "text", change: "cold" };
const size: KeyRule = { type: "size", change: "cold" };
const imageFormat: KeyRule = {
  type: "enum",
  values: ["raw", "qcow", "qed", "qcow2", "vmdk", "cloop"],
  change: "cold",
};
const whole = { defaultKey: "file", aliases: { volume: "file" }, device: true } as const;

function onBus(bus: Bus): PropertyFormat {
  const keys = Object.entries(driveKeys).filter(([, { buses }]) => buses.includes(bus));
  const creation = bus === "scsi" || bus === "virtio" ? "hotplug-disk" : "cold";
  return { defaultKey: "file", aliases, device: true, creation, keys: { file, ...Object.fromEntries(keys) } };
}

const formats: Readonly<Record<string, PropertyFormat>> = {
  ide: onBus("ide"),
  sata: onBus("sata"),
  scsi: onBus("scsi"),
  virtio: onBus("virtio"),
  efidisk: {
    ...whole,
    keys: {
      file,
      format: imageFormat,
      size,
      efitype: { type: "enum", values: ["2m", "4m"], change: "cold", absent: "2m" },
      "pre-enrolled-keys": { type: "boolean", change: "cold", absent: "0" },
      "ms-cert": { type: "enum", values: ["2011", "2023", "2023w", "2023k"], change: "cold", absent: "2011" },
    },
  },
  tpmstate: {
    ...whole,
    keys: {
      file,
      format: { ...imageFormat, values: ["raw", "qcow2", "vmdk"] },
      size,
      version: { type: "enum", values: ["v1.2", "v2.0"], change: "cold", absent: "v1.2" },
    },
  },
  unused: { ...whole, keys: { file } },
};

/** The format of what a slot such as `scsi0` or `efidisk0` holds; undefined when there is no such slot. */
export function driveFormat(slot: string): PropertyFormat | undefined {
  const kind = slotKind(slot);
  return kind === undefined ? undefined : formats[kind];
}
