import type { Control } from "../../demo/control.ts";

/** A drive as the emulated QEMU has it. */
interface RunningDrive {
  readonly volume: string;
  readonly throttle: Readonly<Record<string, number>>;
}

/** A VM as the emulator's control API shows it: the sections of its config file, and its process. */
export interface View {
  readonly digest: string;
  readonly config: Readonly<Record<string, string>>;
  readonly pending: Readonly<Record<string, string>>;
  readonly pendingDelete: readonly string[];
  readonly running: { readonly drives: Readonly<Record<string, RunningDrive>> } | null;
}

/** What the VM is at this moment, from behind Proxmox's API. */
export async function look(control: Control, vmid: number): Promise<View> {
  return (await control.vm(vmid)) as unknown as View;
}

/** The config after the next cold start. */
export function later({ config, pending, pendingDelete }: View): Record<string, string> {
  const next: Record<string, string> = { ...config, ...pending };
  for (const key of pendingDelete) delete next[key];
  return next;
}

/** The parts of a drive or nic, the volume under the empty name; anything else is one part. */
export function partsOf(key: string, text: string | undefined): Map<string, string> {
  if (text === undefined) return new Map();
  if (!/^(?:scsi|sata|virtio|ide|net)\d+$/.test(key)) return new Map([["", text]]);
  return new Map(
    text.split(",").map((part): [string, string] => {
      const at = part.indexOf("=");
      return at < 0 ? ["", part] : [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

/** A drive or nic with parts set, or taken out where null. */
export function withParts(key: string, text: string, parts: Readonly<Record<string, string | null>>): string {
  const all = partsOf(key, text);
  for (const [name, value] of Object.entries(parts)) {
    if (value === null) all.delete(name);
    else all.set(name, value);
  }
  return [...all].map(([name, value]) => (name === "" ? value : `${name}=${value}`)).join(",");
}

/** A volume that a CSI driver made: no VM owns it. */
export function isForeignVolume(text: string | undefined): boolean {
  return text?.includes(":vm-9999-") ?? false;
}
