import { ProxmoxError } from "../proxmox/api/proxmox-error.ts";
import type { VmApi } from "../proxmox/api/vm-api.ts";
import type { DeclaredVm } from "../proxmox/declared.ts";
import type { Change, Displaced, Plan, WriteRequest } from "../proxmox/plan.ts";
import { planVm } from "../proxmox/plan.ts";
import type { LiveVm, VmReader } from "./vm-reader.ts";

/** Times that somebody else's write may come between our read and our write before we give up. */
const maxDigestLosses = 5;
/** Requests that one convergence may send: live things, growth of each drive, cold things. */
const maxWrites = 40;

/** What a convergence did, and what it left to a cold stop and start. */
export interface Converged {
  readonly live: LiveVm;
  readonly plan: Plan;
  /** Every change that was written, in order. */
  readonly written: readonly Change[];
}

/** A convergence that stopped midway: `written` says what had been done by then. */
export class ConvergenceError extends Error {
  readonly written: readonly Change[];

  constructor(message: string, written: readonly Change[], cause?: unknown) {
    super(message, { cause });
    this.name = "ConvergenceError";
    this.written = written;
  }
}

/**
 * Writes what differs and nothing else: read, plan, send the plan's first request with the digest of that
 * read, and again until the plan is empty. Every write is thus decided on the state that it replaces.
 */
export async function converge(
  api: VmApi,
  reader: VmReader,
  declared: DeclaredVm,
  where: string,
): Promise<Converged> {
  const written: Change[] = [];
  let digestLosses = 0;
  let last: string | undefined;
  let displaced: Displaced = {};
  for (let writes = 0; writes < maxWrites; ) {
    const live = await requireVm(reader, declared, where);
    const plan = requirePlan(declared, live, where, displaced);
    const request = plan.requests[0];
    if (request === undefined) return { live, plan, written };
    const text = JSON.stringify(request);
    if (text === last) {
      throw new ConvergenceError(
        `${where}: Proxmox took a change and does not keep it (got the same difference again: ${text}); somebody else may be writing the same keys; find who, then run again`,
        written,
      );
    }
    try {
      await send(api, live, declared.vmid, request);
    } catch (cause) {
      if (!(cause instanceof ProxmoxError)) throw cause;
      if (!cause.isDigestMismatch) throw new ConvergenceError(`${where}: ${cause.message}`, written, cause);
      if (++digestLosses <= maxDigestLosses) continue;
      throw new ConvergenceError(
        `${where}: the configuration changed between our read and our write ${digestLosses} times in a row; nothing of this change was forced over it; find who keeps writing to this VM, then run again`,
        written,
        cause,
      );
    }
    last = text;
    displaced = plan.displaced;
    writes += 1;
    digestLosses = 0;
    written.push(...changesOf(plan, request));
  }
  throw new ConvergenceError(
    `${where}: no end after ${maxWrites} writes; this is a fault of this program; please report it`,
    written,
  );
}

/** Reads a VM that must exist. */
export async function requireVm(reader: VmReader, declared: DeclaredVm, where: string): Promise<LiveVm> {
  const live = await reader.read(declared.vmid, declared.node);
  if (live !== undefined) return live;
  throw new Error(
    `${where}: no node has a VM with this id (got vmid ${declared.vmid}); allowed is the id of a VM that exists and that the token may see (VM.Audit); correct vmid, or declare create: to have the VM created`,
  );
}

/** Plans a VM; whatever cannot or must not be written is one error that names every place. */
export function requirePlan(
  declared: DeclaredVm,
  live: LiveVm,
  where: string,
  displaced: Displaced = {},
): Plan {
  const plan = planVm(declared, live.snapshot, displaced);
  if (plan.problems.length === 0) return plan;
  const lines = plan.problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  throw new Error(`${where}: nothing was written, because\n${lines.join("\n")}`);
}

async function send(api: VmApi, live: LiveVm, vmid: number, request: WriteRequest): Promise<void> {
  const { node, snapshot } = live;
  if (request.kind === "resize") {
    await api.resize(node, vmid, request.slot, request.size, snapshot.digest);
  } else {
    await api.setConfig(node, vmid, request.set, snapshot.digest);
  }
}

/** The plan's changes that this request carries: cold ones count when the request is the plan's last. */
function changesOf(plan: Plan, request: WriteRequest): Change[] {
  if (plan.requests.length === 1) return [...plan.changes];
  if (request.kind === "resize") {
    return plan.changes.filter(({ path }) => path === `drives.${request.slot}.size`);
  }
  return plan.changes.filter(
    ({ path, effect }) => effect !== "cold" && !path.endsWith(".size") && keyOf(path) in request.set,
  );
}

function keyOf(path: string): string {
  return path.split(".")[1] ?? path;
}
