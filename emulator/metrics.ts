import { bootDisks } from "./boot-order.ts";
import { isCdrom, readDrive } from "./drive-string.ts";
import { parseSize } from "./size.ts";
import type { Vm } from "./vm.ts";

/** What a guest does, per second; disk rates are those of each drive. */
export interface Load {
  /** Share of the VM's CPUs, from 0 to 1. */
  readonly cpu: number;
  /** Bytes. */
  readonly netin: number;
  readonly netout: number;
  readonly diskread: number;
  readonly diskwrite: number;
  /** Share of the time in which something waited for I/O, in percent. */
  readonly pressureiosome: number;
}

/** A guest's invented load; every running guest has the same, so that a stall is the only thing that differs. */
export const USUAL_LOAD: Load = {
  cpu: 0.04,
  netin: 24_000,
  netout: 31_000,
  diskread: 12_000,
  diskwrite: 96_000,
  pressureiosome: 0,
};

const OPERATION = 4096;
/** A flush for so many writes. */
const WRITES_PER_FLUSH = 20;

/** Pressure stall figures, of which an emulated host has none of its own. */
const NO_PRESSURE: Readonly<Record<string, number>> = {
  pressurecpusome: 0,
  pressurecpufull: 0,
  pressureiosome: 0,
  pressureiofull: 0,
  pressurememorysome: 0,
  pressurememoryfull: 0,
};

const MIB = 1024 ** 2;

interface DiskCounters {
  /** Bytes since the process started. */
  readonly read: number;
  readonly write: number;
}

/** The load at a moment, in seconds: the last that was set until then. */
function loadAt(vm: Vm, time: number): Load {
  return vm.loads.findLast(({ from }) => from <= time)?.load ?? USUAL_LOAD;
}

/** Pressure stall figures as they are at a moment. */
export function pressureAt(vm: Vm, time: number): Record<string, number> {
  return { ...NO_PRESSURE, pressureiosome: loadAt(vm, time).pressureiosome };
}

/** What a rate adds up to between two moments, in seconds; a wedged slot adds nothing. */
function total(vm: Vm, rate: (load: Load) => number, from: number, to: number, slot?: string): number {
  const changes = vm.loads.map((one) => one.from).filter((time) => time > from && time < to);
  const bounds = [from, ...changes, to];
  return bounds.slice(1).reduce((sum, end, index) => {
    const start = bounds[index] ?? from;
    const idle = slot === undefined ? 0 : stalledSeconds(vm, slot, start, end);
    return sum + Math.max(0, end - start - idle) * rate(loadAt(vm, start));
  }, 0);
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
function diskCounters(vm: Vm, now: number): Map<string, DiskCounters> {
  const started = vm.qemu?.startedAt ?? now;
  return new Map(
    busyDisks(vm).map((slot) => [
      slot,
      {
        read: total(vm, ({ diskread }) => diskread, started, now, slot),
        write: total(vm, ({ diskwrite }) => diskwrite, started, now, slot),
      },
    ]),
  );
}

/** QEMU's block statistics by slot, as `query-blockstats` has them. */
export function blockStatistics(vm: Vm, now: number): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    [...diskCounters(vm, now)].map(([slot, { read, write }]) => {
      const writes = Math.trunc(write / OPERATION);
      return [
        slot,
        {
          rd_bytes: Math.trunc(read),
          wr_bytes: Math.trunc(write),
          unmap_bytes: 0,
          rd_operations: Math.trunc(read / OPERATION),
          wr_operations: writes,
          flush_operations: Math.trunc(writes / WRITES_PER_FLUSH),
          unmap_operations: 0,
          rd_merged: 0,
          wr_merged: 0,
          unmap_merged: 0,
          failed_rd_operations: 0,
          failed_wr_operations: 0,
          failed_flush_operations: 0,
          failed_unmap_operations: 0,
          invalid_rd_operations: 0,
          invalid_wr_operations: 0,
          invalid_flush_operations: 0,
          invalid_unmap_operations: 0,
          account_failed: true,
          account_invalid: true,
          timed_stats: [],
        },
      ];
    }),
  );
}

function sum(counters: Map<string, DiskCounters>, direction: "read" | "write"): number {
  return Math.trunc([...counters.values()].reduce((all, counter) => all + counter[direction], 0));
}

/** The figures that status, resources and pool members share. */
export function vmStats(vm: Vm, now: number): Record<string, number> {
  const maxmem = memoryOf(vm);
  const running = vm.qemu !== undefined;
  const started = vm.qemu?.startedAt ?? now;
  const counters = diskCounters(vm, now);
  return {
    cpu: running ? loadAt(vm, now).cpu : 0,
    maxmem,
    mem: running ? Math.trunc(maxmem * 0.6) : 0,
    memhost: running ? Math.trunc(maxmem * 0.65) : 0,
    maxdisk: maxDiskOf(vm),
    disk: 0,
    netin: Math.trunc(total(vm, ({ netin }) => netin, started, now)),
    netout: Math.trunc(total(vm, ({ netout }) => netout, started, now)),
    diskread: sum(counters, "read"),
    diskwrite: sum(counters, "write"),
    uptime: Math.max(0, now - started),
  };
}

function rateRow(vm: Vm, time: number, step: number): Record<string, number> {
  const constants = { time, maxcpu: coresOf(vm), maxmem: memoryOf(vm), maxdisk: maxDiskOf(vm), disk: 0 };
  if (vm.qemu === undefined || vm.qemu.startedAt > time) return constants;
  const rate = (of: (load: Load) => number, slot?: string) => total(vm, of, time - step, time, slot) / step;
  const disks = (of: (load: Load) => number) => busyDisks(vm).reduce((all, slot) => all + rate(of, slot), 0);
  return {
    ...constants,
    cpu: rate(({ cpu }) => cpu),
    mem: Math.trunc(constants.maxmem * 0.6),
    memhost: Math.trunc(constants.maxmem * 0.65),
    netin: rate(({ netin }) => netin),
    netout: rate(({ netout }) => netout),
    diskread: disks(({ diskread }) => diskread),
    diskwrite: disks(({ diskwrite }) => diskwrite),
    ...NO_PRESSURE,
    pressureiosome: rate(({ pressureiosome }) => pressureiosome),
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
