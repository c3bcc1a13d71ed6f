import { ProxmoxError } from "../api/proxmox-error.ts";
import type { VmApi } from "../api/vm-api.ts";
import type { LiveVm, VmReader } from "../api/vm-reader.ts";
import type { DeclaredVm } from "../declared.ts";
import type { DriveEvidence } from "../drive-evidence.ts";
import { holderText, type IdHolder } from "../id-holder.ts";
import { identityOf, identityText, isAnother, type VmIdentity } from "../identity.ts";
import type { Change, Plan, WriteRequest } from "../plan.ts";
import { planVm } from "../plan.ts";
import { printable } from "../printable.ts";
import { present, upcoming, type VmSnapshot } from "../snapshot.ts";
import { ConvergenceError } from "./convergence-error.ts";
import { type Look, lookAndPlan } from "./plan-live.ts";
import { Progress } from "./progress.ts";
import { Setbacks } from "./setbacks.ts";

/** Requests that one convergence may send: live things, growth of each drive, cold things. */
const maxWrites = 40;

/** What is known of a VM before it is read. */
export interface KnownVm extends DriveEvidence {
  /** Who the VM was when it was last read; absent: nobody read it before. */
  readonly identity?: VmIdentity;
}

/** What a convergence did, and what it left to a cold stop and start. */
export interface Converged {
  readonly live: LiveVm;
  readonly plan: Plan;
  /** Every change that was written, in order. */
  readonly written: readonly Change[];
}

/**
 * Writes what differs and nothing else: read, plan, send the plan's first request with the digest of that
 * read, and again until the plan is empty. Every write is thus decided on the state that it replaces; one whose
 * outcome is not known is never repeated, but looked at and planned anew.
 *
 * @throws ConvergenceError that says what was and what was not written
 */
export async function converge(
  api: VmApi,
  reader: VmReader,
  declared: DeclaredVm,
  where: string,
  evidence: KnownVm = {},
): Promise<Converged> {
  const progress = new Progress();
  const setbacks = new Setbacks(api.patience);
  try {
    return await writeUntilDone(api, reader, declared, where, evidence, progress, setbacks);
  } catch (error) {
    if (!(error instanceof ProxmoxError || progress.hasBegun)) throw error;
    const reason = error instanceof ProxmoxError ? setbacks.reason(where, error) : (error as Error).message;
    throw new ConvergenceError(reason, progress.account(), error);
  }
}

async function writeUntilDone(
  api: VmApi,
  reader: VmReader,
  declared: DeclaredVm,
  where: string,
  evidence: KnownVm,
  progress: Progress,
  setbacks: Setbacks,
): Promise<Converged> {
  for (let reads = 0, writes = 0; writes < maxWrites; reads++) {
    const find = reads === 0 ? requireVm : reread;
    const read = async () => requireSame(await find(reader, declared, where), evidence.identity, where);
    const { live, plan } = await lookAndPlan(api, read, declared, evidence);
    progress.read(plan);
    requireNoProblems(plan, `${where}: nothing ${progress.hasBegun ? "more is" : "was"} written, because`);
    const request = plan.requests[0];
    if (request === undefined) return { live, plan, written: progress.written };
    if (progress.isRepetition(request)) {
      if (request.kind === "resize") throw new Error(unmeasured(where, declared.vmid, request.slot));
      throw new Error(notKept(where, request, live.snapshot));
    }
    progress.sending(plan, request);
    try {
      await send(api, live, declared.vmid, request);
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      progress.failed(error);
      if (await setbacks.mayPass(error)) continue;
      if (!error.isRefusal) await lookAgain(reader, declared, evidence.identity, progress);
      throw error;
    }
    progress.accepted();
    setbacks.over();
    writes += 1;
  }
  throw new Error(
    `${where}: no end after ${maxWrites} writes; this is a fault of this program; please report it`,
  );
}

/** Proxmox took a write, and the next read differs from what is declared as before. */
function notKept(
  where: string,
  { set, delete: gone = [] }: WriteRequest & { kind: "config" },
  snapshot: VmSnapshot,
): string {
  const stored = (key: string) => upcoming(snapshot, key) ?? "nothing";
  const lines = [
    ...Object.entries(set).map(([key, sent]) => `sent ${key}: ${sent}, Proxmox stores ${stored(key)}`),
    ...gone.map((key) => `deleted ${key}, Proxmox stores ${stored(key)}`),
  ];
  return `${where}: Proxmox took a change and does not keep it (got ${lines.join("; ")}); allowed is a value that Proxmox stores as it is sent; declare what it stores; if another hand writes the same keys, find who, then run again`;
}

/** Proxmox takes a resize to the size that the volume has, and leaves the config as it is. */
function unmeasured(where: string, vmid: number, slot: string): string {
  return `${where}: Proxmox took the size of ${slot}, and its config goes on telling an older one (got the same difference again); allowed is a config that tells the volume's real size; run qm disk rescan --vmid ${vmid} on the node, then run again`;
}

/** Reads a VM that must exist. */
export async function requireVm(reader: VmReader, declared: DeclaredVm, where: string): Promise<LiveVm> {
  const live = await reader.read(declared.vmid, declared.node);
  if (live !== undefined) return live;
  const holder = await reader.holder(declared.vmid);
  if (holder?.kind === "container") {
    throw new Error(
      `${where}: is a container (got ${holderText(declared.vmid, holder)}); allowed is the id of a VM; correct vmid`,
    );
  }
  if (holder?.kind === "unseen") throw unseen(declared.vmid, holder, where);
  throw new Error(
    `${where}: no node has a VM with this id (got vmid ${declared.vmid}); allowed is the id of a VM that exists and that the token may see (VM.Audit); correct vmid, or declare create: to have the VM created; one that this program created comes back, empty, with pulumi up --refresh`,
  );
}

/**
 * A VM that was read, if it is the one that is known: a number that became free is given to the next VM.
 *
 * @throws when it is certainly another one
 */
export function requireSame(live: LiveVm, known: VmIdentity | undefined, where: string): LiveVm {
  const found = identityOf(live.snapshot);
  if (known === undefined || !isAnother(known, found)) return live;
  const name = printable(present(live.snapshot, "name") ?? "no name");
  throw new Error(
    `${where}: is another VM than the one that was configured under this number (got ${name} on ${live.node}, ${identityText(found)}; known is ${identityText(known)}); nothing of it is touched; correct vmid, endpoint or connection, or have the old VM forgotten: the entry of an adopted one out for one pulumi up, then in again if this VM is meant; of a created one both resources with pulumi state delete`,
  );
}

/** @throws when somebody has the id whom the token may not see: a VM that is not seen is not gone */
export async function requireGone(reader: VmReader, vmid: number, where: string): Promise<void> {
  const holder = await reader.holder(vmid);
  if (holder?.kind === "unseen") throw unseen(vmid, holder, where);
}

function unseen(vmid: number, holder: IdHolder, where: string): Error {
  return new Error(
    `${where}: the token may not see who has this id (got ${holderText(vmid, holder)}); allowed is a VM on which the token and its user have VM.Audit; correct vmid, or give them a role with VM.Audit on /vms/${vmid} (pveum acl modify)`,
  );
}

/** Reads a VM that existed a moment ago. */
async function reread(reader: VmReader, declared: DeclaredVm, where: string): Promise<LiveVm> {
  const live = await reader.read(declared.vmid, declared.node);
  if (live !== undefined) return live;
  await requireGone(reader, declared.vmid, where);
  throw new Error(
    `${where}: it was destroyed while it was being configured (got no node that has it); find who did it; take it out of the stack file, or bring it back and run again`,
  );
}

/** Reads and plans a VM for a preview; whatever cannot or must not be written is one error that names every place. */
export async function requirePlan(
  api: VmApi,
  reader: VmReader,
  declared: DeclaredVm,
  where: string,
  evidence: KnownVm,
): Promise<Look> {
  const read = async () => requireSame(await requireVm(reader, declared, where), evidence.identity, where);
  const look = await lookAndPlan(api, read, declared, evidence);
  requireNoProblems(look.plan, `${where}: nothing was written, because`);
  return look;
}

/** @throws one error that names every problem, below a heading */
export function requireNoProblems({ problems }: Pick<Plan, "problems">, heading: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
  throw new Error(`${heading}\n${lines.join("\n")}`);
}

/** Settles what a failed write did; when that cannot be read either, the account leaves it in doubt. */
async function lookAgain(
  reader: VmReader,
  declared: DeclaredVm,
  known: VmIdentity | undefined,
  progress: Progress,
): Promise<void> {
  const live = await reader.read(declared.vmid, declared.node).catch(() => undefined);
  if (live === undefined || isAnother(known, identityOf(live.snapshot))) return;
  progress.read(planVm(declared, live.snapshot));
}

async function send(api: VmApi, live: LiveVm, vmid: number, request: WriteRequest): Promise<void> {
  const { node, snapshot } = live;
  if (request.kind === "resize") {
    await api.resize(node, vmid, request.slot, request.size, snapshot.digest);
  } else {
    const { set, delete: gone } = request;
    if (gone === undefined) await api.setConfig(node, vmid, set, snapshot.digest);
    else await api.removeOptions(node, vmid, gone, set, snapshot.digest);
  }
}
