import type { Host } from "../../incident/autopsy/host.ts";
import { stateOf } from "../../incident/autopsy/process-steps.ts";
import { isSameProcess, type ProcessState, type VmProcess } from "../../incident/autopsy/vm-process.ts";
import type { Patience } from "../../proxmox/api/patience.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";

/** Longest that a process may take to be gone after Proxmox said that it stopped it, in milliseconds. */
const longestEnd = 30_000;

/** What a stop needs. */
export interface StopParts {
  /** As errors name it. */
  readonly label: string;
  readonly vmid: number;
  readonly node: string;
  readonly process: VmProcess;
  readonly stop: () => Promise<void>;
  readonly look: () => Promise<ProcessState>;
  readonly host?: Host;
  readonly patience: Patience;
}

/**
 * Stops a VM through the API and sees that its process is gone, on the host too where that can be looked at.
 *
 * @throws {Error} with what is in the way and how to get past it
 */
export async function stopAndVerify(parts: StopParts): Promise<void> {
  const { label, node, process, stop } = parts;
  try {
    await stop();
  } catch (error) {
    const lock = error instanceof ProxmoxError ? error.lock : undefined;
    if (lock !== undefined) throw locked(parts, lock);
    throw new Error(
      `${label}: Proxmox could not stop it (got ${(error as Error).message}); allowed is a stop that Proxmox carries out; end the process on ${node} by hand: kill -9 ${process.pid}`,
    );
  }
  await untilGone(parts);
}

type Subject = Pick<StopParts, "label" | "vmid" | "node">;

/** What keeps a VM from being stopped for good, as an error with the way past it; undefined when nothing does. */
export function inTheWay(
  vm: Subject,
  { haManaged, lock }: Pick<ProcessState, "haManaged" | "lock">,
): Error | undefined {
  if (lock !== undefined) return locked(vm, lock);
  if (!haManaged) return undefined;
  return new Error(
    `${vm.label}: is managed by high availability, which would start it again (got ha.managed 1); allowed is a VM that only you start; on ${vm.node}: ha-manager set vm:${vm.vmid} --state stopped`,
  );
}

function locked({ label, vmid, node }: Subject, lock: string): Error {
  return new Error(
    `${label}: is locked (got ${lock}); allowed is a VM that nothing holds; wait for the ${lock} to end, or, if it never will, on ${node}: qm unlock ${vmid}`,
  );
}

async function untilGone({ label, node, process, look, host, patience }: StopParts): Promise<void> {
  const deadline = patience.now() + longestEnd;
  for (;;) {
    const seen = await stillThere(process, look, host);
    if (seen === undefined) return;
    if (patience.now() >= deadline) {
      throw new Error(
        `${label}: Proxmox says that it stopped it, and ${seen} (got process ${process.pid}); allowed is that it is gone; look at it on ${node}, and end it there: kill -9 ${process.pid}`,
      );
    }
    await patience.sleep(500);
  }
}

async function stillThere(
  process: VmProcess,
  look: () => Promise<ProcessState>,
  host: Host | undefined,
): Promise<string | undefined> {
  const now = await look();
  if (now.process !== undefined && isSameProcess(now.process, process)) return "status/current still has it";
  if (host === undefined) return undefined;
  let state: string | undefined;
  try {
    state = await stateOf(host, process.pid, AbortSignal.timeout(10_000));
  } catch (error) {
    return `${host.label} cannot be asked: ${(error as Error).message}`;
  }
  // A zombie only waits to be read by its parent.
  return state === undefined || state === "Z" ? undefined : `${host.label} still has it`;
}
