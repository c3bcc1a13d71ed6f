import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { printable } from "../../proxmox/printable.ts";

/** A kill as it is remembered. */
export interface Kill {
  readonly at: Date;
  readonly user: string;
  readonly vmid: number;
  readonly pid: number;
  /** Where the evidence lies, or why there is none. */
  readonly because: string;
}

/**
 * Writes a line before the VM is stopped, so that none is stopped without one.
 *
 * @throws {Error} when it cannot be written
 */
export async function recordKill(path: string, { at, user, vmid, pid, because }: Kill): Promise<void> {
  const line = `${at.toISOString()} user=${user} vmid=${vmid} pid=${pid} ${because}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await appendFile(path, `${printable(line)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new Error(
      `${path}: the kill cannot be recorded (got ${(error as Error).message}); allowed is a folder that can be written; nothing was stopped, run it elsewhere`,
    );
  }
}
