import type { Sample } from "../../incident/stalls/counter-looks.ts";
import type { StallRule } from "../../incident/stalls/stall-rule.ts";
import type { VmVerdict } from "../../incident/stalls/verdict.ts";
import { monitored, newMonitor, type VmMonitor, verdictNow } from "../../incident/stalls/vm-monitor.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import { agentAnswers, readRates, readStatistics, type VmRates } from "../../proxmox/api/vm-statistics.ts";
import { mapBounded } from "../map-bounded.ts";
import type { NamedVm } from "../stack/named-vm.ts";

/** VMs read at once; a node's API daemon has three workers by default. */
export const atOnce = 3;
/** The newest row of a node's rates is at most so old, and so far ahead of this machine's clock, in milliseconds. */
const oldest = 5 * 60_000;
const ahead = 60_000;

/** A VM that was looked at, with all that is remembered of it. */
export interface WatchedVm {
  readonly vm: NamedVm;
  readonly sample: Sample;
  readonly monitor: VmMonitor;
  readonly verdict: VmVerdict;
}

/** A VM that could not be looked at. */
export interface UnreadVm {
  readonly vm: NamedVm;
  readonly reason: string;
}

/** How VMs are looked at. */
export interface Looking {
  readonly client: Pick<ProxmoxClient, "get">;
  readonly rule: StallRule;
  /** Ask the guests' agents, too. */
  readonly agent: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told once for each VM, when it is looked at for the first time. */
  readonly warn: (text: string) => void;
}

/**
 * Looks at a VM once, with GET requests alone; the first time also at its rates of the last day. Undefined when it
 * was destroyed or moved since it was listed.
 *
 * @param before what the last look left
 * @throws {ProxmoxError} when Proxmox as a whole does not answer
 */
async function lookAt(
  vm: NamedVm,
  before: VmMonitor | undefined,
  looking: Looking,
): Promise<WatchedVm | UnreadVm | undefined> {
  const { client, rule, now } = looking;
  const { node, vmid } = vm.location;
  try {
    const statistics = await readStatistics(client, node, vmid);
    const running = statistics.status === "running";
    const answered = running && looking.agent ? await agentAnswers(client, node, vmid) : undefined;
    const sample: Sample = {
      ...statistics,
      at: now(),
      ...(answered !== undefined && { agentAnswered: answered }),
    };
    const monitor =
      before === undefined
        ? newMonitor(sample, running ? await usableRates(vm, looking) : [], rule)
        : monitored(before, sample, rule);
    return { vm, sample, monitor, verdict: verdictNow(monitor, sample, rule) };
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    if (error.isMissingVm) return undefined;
    // Without an answer, or without a valid token, the next VM will not fare better.
    if (error.status === 0 || error.status === 401) throw error;
    return { vm, reason: error.message };
  }
}

/** Looks at every VM once. */
export async function lookRound(
  vms: readonly NamedVm[],
  before: ReadonlyMap<number, VmMonitor>,
  looking: Looking,
): Promise<{ readonly watched: WatchedVm[]; readonly unread: UnreadVm[] }> {
  const looks = await mapBounded(vms, atOnce, (vm) => lookAt(vm, before.get(vm.location.vmid), looking));
  return {
    watched: looks.filter((look) => look !== undefined && "sample" in look),
    unread: looks.filter((look) => look !== undefined && "reason" in look),
  };
}

/** What is remembered after a round; of a VM that could not be read, what was remembered before. */
export function remembered(
  before: ReadonlyMap<number, VmMonitor>,
  watched: readonly WatchedVm[],
  unread: readonly UnreadVm[],
): ReadonlyMap<number, VmMonitor> {
  const kept = unread.flatMap(({ vm }): [number, VmMonitor][] => {
    const monitor = before.get(vm.location.vmid);
    return monitor === undefined ? [] : [[vm.location.vmid, monitor]];
  });
  return new Map([...kept, ...watched.map(({ vm, monitor }) => [vm.location.vmid, monitor] as const)]);
}

/** The node's rates; none when its clock and this machine's do not tell the same time. */
async function usableRates(
  { label, location }: NamedVm,
  { client, now, warn }: Looking,
): Promise<readonly VmRates[]> {
  const rates = await readRates(client, location.node, location.vmid);
  const newest = rates.at(-1)?.at;
  if (newest === undefined) return [];
  const age = now() - newest;
  if (age <= oldest && age >= -ahead) return rates;
  warn(
    `${label}: the node's rates of the last day are left out (got a newest one of ${new Date(newest).toISOString()}); allowed is one of the last five minutes by this machine's clock; set the clocks, or look at pvestatd on ${location.node}`,
  );
  return [];
}
