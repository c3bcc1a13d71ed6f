import { caps } from "./drive-keys.ts";
import { parseBoolean } from "./meaning.ts";
import type { Properties } from "./property-string.ts";

/** Keys of one drive that cannot stand together; the first is the one to correct. */
export interface Conflict {
  readonly keys: readonly [string, ...string[]];
  readonly wrong: string;
  readonly allowed: string;
  readonly fix: string;
}

/** Every combination of keys that Proxmox or QEMU would refuse. */
export function driveConflicts(drive: Properties): Conflict[] {
  const amount = (key: string) => Number(drive.get(key) ?? 0);
  // To Proxmox "0.0" is set, as is all but nothing and "0".
  const isSet = (key: string) => !["", "0"].includes(drive.get(key) ?? "");
  const conflicts: Conflict[] = [...unthrottled(drive)];
  for (const unit of ["mbps", "iops"]) {
    for (const direction of [`${unit}_rd`, `${unit}_wr`]) {
      if (!isSet(unit) || !isSet(direction)) continue;
      conflicts.push({
        keys: [direction, unit],
        wrong: `a limit per direction beside ${unit}, the limit of both together`,
        allowed: `allowed is either ${unit}, or ${unit}_rd and ${unit}_wr`,
        fix: "declare one of the two as 0",
      });
    }
  }
  for (const { base, burst, length } of caps) {
    if (isSet(burst) && amount(base) === 0) {
      conflicts.push({
        keys: [burst, base],
        wrong: `a burst without ${base}, the limit that it exceeds`,
        allowed: `allowed is a burst beside a limit of its own`,
        fix: `declare ${base}`,
      });
    }
    if (amount(burst) !== 0 && amount(burst) < amount(base)) {
      conflicts.push({
        keys: [burst, base],
        wrong: `a burst below ${base} = ${drive.get(base)}`,
        allowed: "allowed is a burst of at least the limit",
        fix: "raise the burst or lower the limit",
      });
    }
    if (drive.has(length) && amount(burst) === 0) {
      conflicts.push({
        keys: [length, burst],
        wrong: `the length of a burst without ${burst}`,
        allowed: "allowed is a length beside its burst",
        fix: `declare ${burst}`,
      });
    }
  }
  const cache = drive.get("cache") ?? "none";
  if (drive.get("aio") === "native" && cache !== "none" && cache !== "directsync") {
    conflicts.push({
      keys: ["aio", "cache"],
      wrong: `aio native with the buffered cache ${cache}, which QEMU refuses at start`,
      allowed: "allowed beside native is cache none or directsync",
      fix: "declare another aio or cache",
    });
  }
  return conflicts;
}

/** Caps that Proxmox takes and QEMU cannot keep. */
export function unthrottled(drive: Properties): Conflict[] {
  if (parseBoolean(drive.get("scsiblock") ?? "0") !== true) return [];
  return caps
    .flatMap(({ base, burst }) => [base, burst])
    .filter((key) => Number(drive.get(key) ?? 0) !== 0)
    .map((key) => ({
      keys: [key, "scsiblock"],
      wrong: "a cap on a drive with scsiblock, past which QEMU throttles nothing",
      allowed: "allowed are caps of drives without scsiblock",
      fix: "remove the cap, or declare scsiblock false",
    }));
}
