import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { z } from "zod";
import type { LiveVm } from "../../proxmox/api/vm-reader.ts";

/** Where backups are kept unless the user says otherwise, below the folder of the stack file. */
export const backupsFolder = ".fleet/backups";

const texts = z.record(z.string(), z.string());
const savedConfig = z.strictObject({
  vmid: z.int(),
  name: z.string().optional(),
  node: z.string(),
  /** UTC, ISO 8601. */
  savedAt: z.iso.datetime(),
  qemuVersion: z.string().optional(),
  digest: z.string(),
  current: texts,
  pending: texts,
  pendingDeletes: z.array(z.string()),
});

/** A VM's config before a restart. */
export type SavedConfig = z.infer<typeof savedConfig>;

/** A backup with the path by which the user can name it. */
export interface Backup {
  readonly path: string;
  readonly saved: SavedConfig;
}

/** The config as a backup keeps it. Proxmox masks the one password in it, and that mask is left out. */
export function savedConfigOf(vmid: number, live: LiveVm, now: Date): SavedConfig {
  const { digest, current, pending, pendingDeletes } = live.snapshot;
  const { name } = current;
  return {
    vmid,
    ...(name !== undefined && { name }),
    node: live.node,
    savedAt: now.toISOString(),
    ...(live.qemuVersion !== undefined && { qemuVersion: live.qemuVersion }),
    digest,
    current: withoutPassword(current),
    pending: withoutPassword(pending),
    pendingDeletes: [...pendingDeletes],
  };
}

function withoutPassword({ cipassword: _masked, ...rest }: Readonly<Record<string, string>>) {
  return rest;
}

/**
 * Writes a backup that only its owner can read: `<vmid>-<UTC time>.json`. No file is ever replaced.
 *
 * @throws {Error} when it cannot be written
 */
export function saveBackup(cwd: string, folder: string, saved: SavedConfig): Backup {
  const time = saved.savedAt.replaceAll(/[-:]/g, "");
  const target = resolve(cwd, folder);
  const file = join(target, `${saved.vmid}-${time}.json`);
  const path = shown(cwd, file);
  try {
    mkdirSync(target, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(saved, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new Error(
      `${path}: the config cannot be saved (got ${(error as Error).message}); allowed is a folder that can be written to; correct it, or name another with --backups DIR; nothing was stopped`,
    );
  }
  return { path, saved };
}

/**
 * Reads the newest backup of a VM, or the one that is named.
 *
 * @throws {Error} when there is none, or when it is not a backup of this VM
 */
export function readBackup(cwd: string, folder: string, vmid: number, named: string | undefined): Backup {
  const file = named === undefined ? newest(cwd, folder, vmid) : resolve(cwd, named);
  const path = shown(cwd, file);
  const saved = parseBackup(path, file);
  if (saved.vmid === vmid) return { path, saved };
  throw new Error(
    `${path}: the backup of another VM (got ${saved.vmid}); allowed is one of VM ${vmid}; name the right file`,
  );
}

function newest(cwd: string, folder: string, vmid: number): string {
  const target = resolve(cwd, folder);
  const name = new RegExp(`^${vmid}-\\d{8}T\\d{6}\\.\\d{3}Z\\.json$`);
  const last = namesIn(target)
    .filter((file) => name.test(file))
    .sort()
    .at(-1);
  if (last !== undefined) return join(target, last);
  throw new Error(
    `${shown(cwd, target)}: no backup of VM ${vmid} (got no ${vmid}-*.json); allowed is a folder in which fleet restart has saved one; name the folder with --backups DIR, or the file with --backup FILE`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function parseBackup(path: string, file: string): SavedConfig {
  try {
    return savedConfig.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? `${error.issues[0]?.path.join(".")}: ${error.issues[0]?.message}`
        : (error as Error).message;
    throw new Error(
      `${path}: no backup (got ${reason}); allowed is a file that fleet restart wrote; name another with --backup FILE`,
    );
  }
}

function shown(cwd: string, file: string): string {
  const inside = relative(cwd, file);
  return inside.startsWith("..") ? file : inside;
}
