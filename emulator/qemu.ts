import { busOf, isDriveKey, THROTTLE_LENGTHS, THROTTLE_RATES } from "./drive-schema.ts";
import { type Drive, isCdrom, readDrive, throttleOf } from "./drive-string.ts";
import { startedMachine } from "./machine.ts";
import type { Section } from "./vm.ts";

/** A drive as the running process has it. */
export interface RunningDrive {
  readonly volume: string;
  /** The options that the device was made with, limits aside; later changes of them reach only the config. */
  readonly options: Readonly<Record<string, string>>;
  readonly iothread: boolean;
  /** Limits by config key, in MiB/s, operations per second and seconds; empty means unlimited. */
  throttle: Record<string, number>;
}

/** One QEMU process. */
export interface RunningQemu {
  readonly pid: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  readonly version: string;
  readonly machine: string;
  readonly controller: string;
  readonly drives: Map<string, RunningDrive>;
  /** Nics as they are plugged, by slot. */
  readonly nets: Map<string, string>;
  /** The config that the process was started with. */
  readonly startedWith: ReadonlyMap<string, string>;
  /**
   * Every option but drives and nics as it is in effect: as at the start, with what was changed live since. What
   * only Proxmox itself reads is in effect at once; cloud-init data is what `imageOf` has.
   */
  readonly options: Map<string, string>;
  /** The config that the cloud-init image was made from, which is as old as the process or newer. */
  imageOf: ReadonlyMap<string, string>;
}

export const QEMU_VERSION = "10.1.2";
const DEFAULT_CONTROLLER = "lsi";

/** What a running drive does not keep from its start: limits are shown as `throttle`, the size is the volume's. */
const CHANGEABLE: readonly string[] = [...THROTTLE_RATES, ...THROTTLE_LENGTHS, "size"];

function takesIothread(slot: string, controller: string): boolean {
  const bus = busOf(slot);
  return bus === "virtio" || (bus === "scsi" && controller === "virtio-scsi-single");
}

export function plugDrive(drive: Drive, controller: string): RunningDrive {
  const wanted = drive.options.get("iothread") === "1";
  const fixed = [...drive.options].filter(([key]) => !CHANGEABLE.includes(key));
  return {
    volume: drive.file,
    options: Object.fromEntries(fixed),
    iothread: wanted && takesIothread(drive.slot, controller),
    throttle: runningThrottle(drive),
  };
}

/** The limits that QEMU keeps: none on a drive with `scsiblock`, which is built without the throttle filter. */
function runningThrottle(drive: Drive): Record<string, number> {
  return drive.options.get("scsiblock") === "1" ? {} : throttleOf(drive);
}

/** Whether a key is neither a drive nor a nic nor a disk aside. */
export function isOption(key: string): boolean {
  return busOf(key) === undefined && !/^net\d+$/.test(key);
}

/** Starts a process from a config; each warning makes the start task end with WARNINGS. */
export function startQemu(
  config: Section,
  pid: number,
  startedAt: number,
  warn: (line: string) => void,
): RunningQemu {
  const controller = config.get("scsihw") ?? DEFAULT_CONTROLLER;
  const drives = new Map<string, RunningDrive>();
  for (const key of config.keys()) {
    const drive = isDriveKey(key) ? readDrive(key, config.get(key)) : undefined;
    if (drive === undefined) continue;
    const running = plugDrive(drive, controller);
    drives.set(key, running);
    if (drive.options.get("iothread") === "1" && !running.iothread && !isCdrom(drive)) {
      warn("iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring");
    }
  }
  const machine = startedMachine(config);
  const nets = new Map([...config].filter(([key]) => /^net\d+$/.test(key)));
  const startedWith = new Map(config);
  const options = new Map([...config].filter(([key]) => isOption(key)));
  return {
    pid,
    startedAt,
    version: QEMU_VERSION,
    machine,
    controller,
    drives,
    nets,
    startedWith,
    options,
    imageOf: startedWith,
  };
}
