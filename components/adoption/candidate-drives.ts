import { type Drive, isCdrom } from "../../proxmox/drive.ts";
import { busOf } from "../../proxmox/drive-slots.ts";
import { compareSlots } from "../spec/slots.ts";
import { capKeys } from "../translation/proxmox-drives.ts";
import { defined } from "../translation/records.ts";
import { asFlag, asNumber, group, type Readings } from "./readings.ts";

const discards: Readonly<Record<string, boolean>> = { on: true, ignore: false };

/**
 * The VM's own disks by slot, with what their texts say. Size and datastore are left out: a disk that somebody
 * grows or moves by hand must not become a mistake in the file.
 */
export function candidateDrives(
  readings: Readings,
  foreign: ReadonlySet<string>,
): Record<string, object> | undefined {
  const slots = Object.keys(readings.config).filter(
    (slot) => busOf(slot) !== undefined && !foreign.has(slot),
  );
  const drives = slots.toSorted(compareSlots).map((slot): [string, object | undefined] => {
    const drive = readings.drive(slot);
    return [slot, drive === undefined || isCdrom(drive) ? undefined : candidateDrive(drive)];
  });
  return group(Object.fromEntries(drives));
}

function candidateDrive(drive: Drive): object | undefined {
  const discard = drive.get("discard");
  const caps = Object.entries(capKeys).map(([cap, key]) => [cap, asNumber(drive.get(key))] as const);
  return group({
    aio: drive.get("aio"),
    iothread: asFlag(drive.get("iothread")),
    cache: drive.get("cache"),
    discard: discard === undefined ? undefined : (discards[discard] ?? discard),
    ssd: asFlag(drive.get("ssd")),
    backup: asFlag(drive.get("backup")),
    caps: group(defined(Object.fromEntries(caps))),
  });
}
