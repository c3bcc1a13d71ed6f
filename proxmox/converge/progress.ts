import type { ProxmoxError } from "../api/proxmox-error.ts";
import type { Change, Plan, WriteRequest } from "../plan.ts";
import type { Account } from "./convergence-error.ts";

interface Sent {
  readonly text: string;
  readonly changes: readonly Change[];
  /** What waited in the texts that it replaces, until a later request writes it again. */
  readonly undone: readonly Change[];
}

/** Keeps account of what a convergence has written, so that whatever stops it can be told truthfully. */
export class Progress {
  /** Whether anything was sent yet. */
  hasBegun = false;
  #written: readonly Change[] = [];
  #missing: readonly Change[] = [];
  #sent: Sent | undefined;
  #lastAccepted: string | undefined;

  get written(): readonly Change[] {
    return this.#written;
  }

  /** A plan on what was just read: it also tells what a request that failed or had no answer has done. */
  read({ changes }: Plan): void {
    this.#missing = changes;
    if (this.#sent === undefined) return;
    const effective = without(this.#sent.changes, changes);
    if (effective.length > 0) this.#accept(this.#sent, effective);
    this.#sent = undefined;
  }

  /** Whether this very request was accepted the last time. */
  isRepetition(request: WriteRequest): boolean {
    return this.#lastAccepted === JSON.stringify(request);
  }

  sending(plan: Plan, request: WriteRequest): void {
    this.hasBegun = true;
    this.#sent = {
      text: JSON.stringify(request),
      changes: changesOf(plan, request),
      undone: undoneBy(plan, request),
    };
  }

  accepted(): void {
    if (this.#sent === undefined) return;
    const { changes, undone } = this.#sent;
    this.#accept(this.#sent, changes);
    this.#missing = [...without(this.#missing, changes), ...undone];
    this.#sent = undefined;
  }

  /** The request failed; unless Proxmox refused it outright, only a read can tell what it has done. */
  failed(error: ProxmoxError): void {
    if (error.isRefusal || error.isDigestMismatch || error.isMissingVm) this.#sent = undefined;
  }

  account(): Account {
    const doubtful = this.#sent?.changes ?? [];
    const missing = without(this.#missing, doubtful);
    return {
      written: without(this.#written, this.#missing),
      pending: missing.filter(({ pending }) => pending),
      missing: missing.filter(({ pending }) => !pending),
      doubtful,
    };
  }

  #accept({ text }: Sent, changes: readonly Change[]): void {
    this.#written = [...without(this.#written, changes), ...changes];
    this.#lastAccepted = text;
  }
}

function without(changes: readonly Change[], others: readonly Change[]): Change[] {
  return changes.filter(({ path }) => others.every((other) => other.path !== path));
}

/** The plan's changes that this request carries: cold ones count when the request is the plan's last. */
function changesOf(plan: Plan, request: WriteRequest): Change[] {
  if (plan.requests.length === 1) return [...plan.changes];
  if (request.kind === "resize") {
    return plan.changes.filter(({ path }) => path === `drives.${request.slot}.size`);
  }
  return plan.changes.filter(
    ({ path, effect }) => effect !== "cold" && !path.endsWith(".size") && isIn(request, keyOf(path)),
  );
}

function isIn(request: WriteRequest & { kind: "config" }, key: string): boolean {
  return key in request.set || request.delete?.includes(key) === true;
}

/** What waits as declared in a text that this request writes for now, and a later one for the cold start. */
function undoneBy({ requests, waiting }: Plan, request: WriteRequest): Change[] {
  if (request.kind === "resize") return [];
  const later = requests.slice(requests.indexOf(request) + 1);
  const isAgain = (key: string) => later.some((one) => one.kind === "config" && isIn(one, key));
  return waiting.filter(({ path }) => isIn(request, keyOf(path)) && isAgain(keyOf(path)));
}

function keyOf(path: string): string {
  return path.split(".")[1] ?? path;
}
