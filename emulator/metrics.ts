import { bootDisks } from "./boot-order.ts";
import { isCdrom, readDrive } from "./drive-string.ts";
import { parseSize } from "./size.ts";
import type { Vm } from "./vm.ts";

/** A guest's invented load; every running guest has the same, so that a stall is the only thing that differs. */
const CPU_LOAD = 0.04;
const NET_IN = 24_000;
const NET_OUT = 31_000;
const DISK_READ = 12_000;
const DISK_WRITE = 96_000;

/** Pressure stall figures, of which an emulated host has none. */
export const NO_PRESSURE: Readonly<Record<string, number>> = {
  pressurecpusome: 0,
  pressurecpufull: 0,
  pressureiosome: 0,
  pressureiofull: 0,
  pressurememorysome: 0,
  pressurememoryfull: 0,
};

const MIB = 1024 ** 2;

export interface DiskCounters {
  /** Bytes since the process started. */
  readonly read: number;
  readonly write: number;
}

export function coresOf(vm: Vm): number {
  const { current } = vm;
  const all = Number(current.get("cores") ?? 1) * Number(current.get("sockets") ?? 1);
  return Number(current.get("vcpus") ?? all);
}

/** Bytes. */
function memoryOf(vm: Vm): number {
  return Number((vm.current.get("memory") ?? "512").replace(/^current=/, "")) * MIB;
}

/** Of each VM, the boot disks as they were parsed last: a list of a thousand VMs would parse them for each request. */
const knownMaxDisks = new WeakMap<Vm, { readonly texts: string; readonly bytes: number }>();

/** Bytes of the first boot disk, which is all that Proxmox calls `maxdisk`. */
function maxDiskOf(vm: Vm): number {
  const slots = bootDisks(vm.current);
  const texts = slots.map((slot) => `${slot}: ${vm.current.get(slot) ?? ""}`).join("\n");
  const known = knownMaxDisks.get(vm);
  if (known?.texts === texts) return known.bytes;
  const drives = slots.map((slot) => readDrive(slot, vm.current.get(slot)));
  const first = drives.find((drive) => drive !== undefined && !isCdrom(drive));
  const bytes = parseSize(first?.options.get("size") ?? "0") ?? 0;
  knownMaxDisks.set(vm, { texts, bytes });
  return bytes;
}

function stalledSeconds(vm: Vm, slot: string, from: number, to: number): number {
  return vm.stalls
    .filter((stall) => stall.slot === slot)
    .reduce((sum, stall) => sum + Math.max(0, Math.min(stall.to ?? to, to) - Math.max(stall.from, from)), 0);
}

function busyDisks(vm: Vm): readonly string[] {
  const drives = [...(vm.qemu?.drives ?? [])];
  return drives.filter(([, drive]) => drive.options.media !== "cdrom").map(([slot]) => slot);
}

/** What each drive has moved since the process started; a wedged drive stands still. */
export function diskCounters(vm: Vm, now: number): Map<string, DiskCounters> {
  const started = vm.qemu?.startedAt ?? now;
  return new Map(
    busyDisks(vm).map((slot) => {
      const active = Math.max(0, now - started - stalledSeconds(vm, slot, started, now));
      return [slot, { read: active * DISK_READ, write: active * DISK_WRITE }];
    }),
  );
}

function sum(counters: Map<string, DiskCounters>, direction: "read" | "write"): number {
  return [...counters.values()].reduce((total, counter) => total + counter[direction], 0);
}

/** The figures that status, resources and pool members share. */
export function vmStats(vm: Vm, now: number): Record<string, number> {
  const maxmem = memoryOf(vm);
  const running = vm.qemu !== undefined;
  const uptime = Math.max(0, now - (vm.qemu?.startedAt ?? now));
  const counters = diskCounters(vm, now);
  return {
    cpu: running ? CPU_LOAD : 0,
    maxmem,
    mem: running ? Math.trunc(maxmem * 0.6) : 0,
    memhost: running ? Math.trunc(maxmem * 0.65) : 0,
    maxdisk: maxDiskOf(vm),
    disk: 0,
    netin: uptime * NET_IN,
    netout: uptime * NET_OUT,
    diskread: sum(counters, "read"),
    diskwrite: sum(counters, "write"),
    uptime,
  };
}

function rateRow(vm: Vm, time: number, step: number): Record<string, number> {
  const constants = { time, maxcpu: coresOf(vm), maxmem: memoryOf(vm), maxdisk: maxDiskOf(vm), disk: 0 };
  if (vm.qemu === undefined || vm.qemu.startedAt > time) return constants;
  const disks = busyDisks(vm).map((slot) => 1 - stalledSeconds(vm, slot, time - step, time) / step);
  const share = disks.reduce((total, active) => total + active, 0);
  return {
    ...constants,
    cpu: CPU_LOAD,
    mem: Math.trunc(constants.maxmem * 0.6),
    memhost: Math.trunc(constants.maxmem * 0.65),
    netin: NET_IN,
    netout: NET_OUT,
    diskread: share * DISK_READ,
    diskwrite: share * DISK_WRITE,
    ...NO_PRESSURE,
  };
}

const FRAMES: Readonly<Record<string, { readonly rows: number; readonly step: number }>> = {
  hour: { rows: 60, step: 60 },
  day: { rows: 1440, step: 60 },
  week: { rows: 336, step: 1800 },
  month: { rows: 1440, step: 1800 },
  year: { rows: 1440, step: 21600 },
};

/** Rates by time as PVE 9 stores them: bytes per second; a stopped VM's rates are absent. */
export function rrdRows(vm: Vm, timeframe: string, now: number): Record<string, number>[] {
  const { rows, step } = FRAMES[timeframe] ?? { rows: 60, step: 60 };
  const last = Math.floor(now / step) * step;
  return Array.from({ length: rows }, (_, index) => rateRow(vm, last - (rows - 1 - index) * step, step));
}
