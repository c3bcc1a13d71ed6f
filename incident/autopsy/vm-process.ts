import { z } from "zod";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { compareProcesses, type ProcessComparison } from "../../proxmox/qemu-process.ts";
import type { Manifest } from "./manifest.ts";

/** The QEMU process of a VM, told apart from a later one with the same id. */
export type VmProcess = NonNullable<Manifest["process"]>;

/** What `status/current` says of a VM's process. */
export interface ProcessState {
  readonly running: boolean;
  /** Undefined when the VM does not run, or Proxmox does not say. */
  readonly process?: VmProcess;
  /** High availability starts and stops it. */
  readonly haManaged: boolean;
  /** What holds the VM, such as `backup`. */
  readonly lock?: string;
}

const statusAnswer = z.looseObject({
  status: z.string(),
  pid: z.coerce.number().optional(),
  uptime: z.coerce.number().default(0),
  lock: z.string().optional(),
  ha: z.looseObject({ managed: z.coerce.number().default(0) }).default({ managed: 0 }),
});

/** Reads an answer of `status/current`; undefined when it is none. */
export function processStateOf(answer: unknown, now: Date): ProcessState | undefined {
  const parsed = statusAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const { status, pid, uptime, lock, ha } = parsed.data;
  const started = new Date((Math.round(now.getTime() / 1000) - uptime) * 1000).toISOString();
  return {
    running: status === "running",
    haManaged: ha.managed === 1,
    ...(status === "running" && pid !== undefined && { process: { pid, started } }),
    ...(lock !== undefined && { lock }),
  };
}

/**
 * @throws {Error} when the answer is not Proxmox's
 * @see GET /nodes/{node}/qemu/{vmid}/status/current
 */
export async function readProcessState(
  client: Pick<ProxmoxClient, "get">,
  node: string,
  vmid: number,
  now: () => Date,
): Promise<ProcessState> {
  const path = `/nodes/${encodeURIComponent(node)}/qemu/${vmid}/status/current`;
  const state = processStateOf(await client.get(path), now());
  if (state === undefined) throw new Error(`GET ${path}: the answer is not what Proxmox documents`);
  return state;
}

/** Whether two looks saw one process: an id may be given again. */
export function compareVmProcesses(one: VmProcess, other: VmProcess): ProcessComparison {
  return compareProcesses(
    { pid: one.pid, startedAt: one.started },
    { pid: other.pid, startedAt: other.started },
  );
}

/** Whether two looks surely saw one process. */
export function isSameProcess(one: VmProcess, other: VmProcess): boolean {
  return compareVmProcesses(one, other) === "same";
}
