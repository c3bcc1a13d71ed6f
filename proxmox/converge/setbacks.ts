import type { Patience } from "../api/patience.ts";
import { pauseBefore } from "../api/patience.ts";
import { ProxmoxError } from "../api/proxmox-error.ts";

/** Times in a row that somebody else's write may come between our read and our write. */
const digestLosses = 5;

type Kind = "digest" | "lock" | "moved" | "unknown";

/** Counts what may keep a write from being done, and says whether to read again and plan again. */
export class Setbacks {
  readonly #patience: Patience;
  readonly #counts: Record<Kind, number> = { digest: 0, lock: 0, moved: 0, unknown: 0 };

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** A write was done: what comes after begins with full patience. */
  over(): void {
    for (const kind of ["digest", "lock", "moved", "unknown"] as const) this.#counts[kind] = 0;
  }

  /** Waits and answers true when the write is worth another try; false when it is not, or not any more. */
  async mayPass(error: ProxmoxError): Promise<boolean> {
    const kind = kindOf(error);
    if (kind === undefined) return false;
    const count = ++this.#counts[kind];
    if (kind === "digest") return count <= digestLosses;
    if (count > this.#patience.repeats) return false;
    await pauseBefore(count, this.#patience);
    return true;
  }

  /** What kept the write from being done, in one sentence that begins with `where`. */
  reason(where: string, error: ProxmoxError): string {
    const kind = kindOf(error);
    if (kind === "digest") {
      return `${where}: the configuration changed between our read and our write ${this.#counts.digest} times in a row; nothing of this change was forced over it; find who keeps writing to this VM, then run again`;
    }
    if (kind === "lock") {
      return `${where}: its lock was held by another Proxmox worker ${this.#counts.lock} times for 10 s each (got ${error.message}); look at the VM's running tasks, then run again`;
    }
    if (error.lock !== undefined) {
      return `${where}: Proxmox keeps its configuration locked (got VM is locked (${error.lock})); no write is possible before that has ended; wait for it, or if it died, run qm unlock on the node, then run again`;
    }
    if (error.isNodeUnreachable) {
      return unreachableNode(where, error);
    }
    return `${where}: ${error.message}`;
  }
}

/** What to say of a VM whose node does not answer the node that was asked. */
export function unreachableNode(where: string, error: ProxmoxError): string {
  return `${where}: its node does not answer, so that nothing is known of it (got ${error.message}); allowed is a node that is online and in the cluster's quorum; look at the node, then run again`;
}

/** The error itself, or in place of one from a node that does not answer what {@link unreachableNode} says. */
export function explained(where: string, error: unknown): unknown {
  if (!(error instanceof ProxmoxError && error.isNodeUnreachable)) return error;
  return new Error(unreachableNode(where, error), { cause: error });
}

function kindOf(error: ProxmoxError): Kind | undefined {
  if (error.isDigestMismatch) return "digest";
  if (error.isLockTimeout) return "lock";
  if (error.isMissingVm) return "moved";
  return error.isPassing ? "unknown" : undefined;
}
