import { z } from "zod";
import { parse } from "./answer.ts";
import type { ProxmoxClient } from "./client.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import { vmPath } from "./vm-api.ts";

type Reads = Pick<ProxmoxClient, "get">;

/** What a drive has completed since its QEMU process started. */
export interface DriveStatistics {
  readonly readOperations: number;
  readonly writeOperations: number;
  readonly flushOperations: number;
  /** Discards, and operations that ended with an error: they ended, too. */
  readonly otherOperations: number;
  /** Bytes. */
  readonly readBytes: number;
  /** Bytes. */
  readonly writtenBytes: number;
}

/** A VM's figures at one moment, as its QEMU process and the host's kernel give them. */
export interface VmStatistics {
  readonly status: "running" | "stopped";
  /** QEMU's own word: `running`, `paused`, `io-error`, ... That of `status` when QMP does not answer. */
  readonly qmpstatus: string;
  /** What holds the VM: `migrate`, `backup`, ... */
  readonly lock?: string;
  readonly pid?: number;
  /** Seconds since the QEMU process started; 0 when stopped. */
  readonly uptime: number;
  /**
   * Share of the VM's CPUs in use, from 0 to 1. Absent when it is not known: a worker of Proxmox's daemon that
   * sees a process for the first time says 0.
   */
  readonly cpu?: number;
  /** Bytes that the guest has sent since the start. */
  readonly netout?: number;
  /** Share of the last 10 seconds in which something of the VM waited for I/O, in percent. */
  readonly ioPressure?: number;
  readonly qemuVersion?: string;
  /** By slot. Absent when QMP does not answer, and while the VM is stopped. */
  readonly drives?: Readonly<Record<string, DriveStatistics>>;
}

/** Rates of one minute, in the units of {@link VmStatistics} per second; what is not known is absent. */
export interface VmRates {
  /** End of the minute, in milliseconds since the epoch, by the node's clock. */
  readonly at: number;
  readonly cpu?: number;
  readonly netout?: number;
  readonly diskread?: number;
  readonly diskwrite?: number;
  readonly ioPressure?: number;
}

/** A figure that may be missing, null or no number, as round robin databases have them. */
const figure = z
  .unknown()
  .optional()
  .transform((value) => {
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : undefined;
  });
const count = figure.transform((value) => value ?? 0);
const drive = z.looseObject({
  rd_operations: count,
  wr_operations: count,
  flush_operations: count,
  unmap_operations: count,
  failed_rd_operations: count,
  failed_wr_operations: count,
  failed_flush_operations: count,
  failed_unmap_operations: count,
  rd_bytes: count,
  wr_bytes: count,
});
const current = z.looseObject({
  status: z.enum(["running", "stopped"]),
  qmpstatus: z.string().optional(),
  lock: z.string().optional(),
  pid: figure,
  uptime: count,
  cpu: figure,
  netout: figure,
  pressureiosome: figure,
  "running-qemu": z.string().optional(),
  blockstat: z.record(z.string(), drive).optional(),
});
const rateRows = z.array(
  z.looseObject({
    time: z.coerce.number(),
    cpu: figure,
    netout: figure,
    diskread: figure,
    diskwrite: figure,
    pressureiosome: figure,
  }),
);

/** Reads a VM's figures. @see GET /nodes/{node}/qemu/{vmid}/status/current */
export async function readStatistics(client: Reads, node: string, vmid: number): Promise<VmStatistics> {
  const path = `${vmPath(node, vmid)}/status/current`;
  const answer = parse(current, await client.get(path), path);
  const { status, qmpstatus = status, uptime, blockstat } = answer;
  return {
    status,
    qmpstatus,
    uptime,
    ...defined({
      lock: answer.lock,
      pid: answer.pid,
      cpu: answer.cpu === 0 ? undefined : answer.cpu,
      netout: answer.netout,
      ioPressure: answer.pressureiosome,
      qemuVersion: answer["running-qemu"],
      drives: blockstat && driveStatistics(blockstat),
    }),
  };
}

/**
 * Reads the rates of the last day, a row a minute, oldest first; where Proxmox keeps a day in longer steps only
 * (before version 9), those of the last hour.
 *
 * @see GET /nodes/{node}/qemu/{vmid}/rrddata
 */
export async function readRates(client: Reads, node: string, vmid: number): Promise<VmRates[]> {
  const path = `${vmPath(node, vmid)}/rrddata`;
  const day = rates(await client.get(path, { timeframe: "day" }), path);
  const isByMinute = day.some(({ at }, index) => at - (day[index - 1]?.at ?? 0) === 60_000);
  return isByMinute ? day : rates(await client.get(path, { timeframe: "hour" }), path);
}

function rates(answer: unknown, path: string): VmRates[] {
  return parse(rateRows, answer, path)
    .map(({ time, cpu, netout, diskread, diskwrite, pressureiosome }) => ({
      at: time * 1000,
      ...defined({ cpu, netout, diskread, diskwrite, ioPressure: pressureiosome }),
    }))
    .toSorted((one, other) => one.at - other.at);
}

/**
 * Whether the guest's agent answers; undefined when that cannot be known: none is configured, or the token may
 * not ask (VM.GuestAgent.Audit).
 *
 * @see GET /nodes/{node}/qemu/{vmid}/agent/info
 */
export async function agentAnswers(client: Reads, node: string, vmid: number): Promise<boolean | undefined> {
  try {
    await client.get(`${vmPath(node, vmid)}/agent/info`);
    return true;
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    return error.status === 500 && /agent is not running|got timeout/i.test(error.message)
      ? false
      : undefined;
  }
}

function driveStatistics(
  blockstat: Readonly<Record<string, z.output<typeof drive>>>,
): Record<string, DriveStatistics> {
  return Object.fromEntries(
    Object.entries(blockstat).map(([slot, one]) => [
      slot,
      {
        readOperations: one.rd_operations,
        writeOperations: one.wr_operations,
        flushOperations: one.flush_operations,
        otherOperations:
          one.unmap_operations +
          one.failed_rd_operations +
          one.failed_wr_operations +
          one.failed_flush_operations +
          one.failed_unmap_operations,
        readBytes: one.rd_bytes,
        writtenBytes: one.wr_bytes,
      },
    ]),
  );
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
