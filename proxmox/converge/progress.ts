import type { ProxmoxError } from "../api/proxmox-error.ts";
import type { Change, Displaced, Plan, WriteRequest } from "../plan.ts";
import type { VmSnapshot } from "../snapshot.ts";
import type { Account } from "./convergence-error.ts";

interface Sent {
  readonly text: string;
  readonly changes: readonly Change[];
  readonly displaced: Displaced;
  /** What others had left pending in the displaced keys. */
  readonly pending: Readonly<Record<string, string>>;
}

/** Keeps account of what a convergence has written, so that whatever stops it can be told truthfully. */
export class Progress {
  /** Texts that an accepted write took the place of, and that the next plan owes. */
  displaced: Displaced = {};
  /** Whether anything was sent yet. */
  hasBegun = false;
  #written: readonly Change[] = [];
  #missing: readonly Change[] = [];
  #sent: Sent | undefined;
  #lastAccepted: string | undefined;
  #pending: Readonly<Record<string, string>> = {};

  get written(): readonly Change[] {
    return this.#written;
  }

  /** A plan on what was just read: it also tells whether a request without an answer took effect. */
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

  sending(plan: Plan, request: WriteRequest, { pending }: VmSnapshot): void {
    this.hasBegun = true;
    const texts = Object.keys(plan.displaced).map(
      (key) => [key, pending[key] ?? this.#pending[key]] as const,
    );
    this.#sent = {
      text: JSON.stringify(request),
      changes: changesOf(plan, request),
      displaced: plan.displaced,
      pending: Object.fromEntries(texts.filter((entry): entry is [string, string] => !!entry[1])),
    };
  }

  accepted(): void {
    if (this.#sent === undefined) return;
    this.#accept(this.#sent, this.#sent.changes);
    this.#missing = without(this.#missing, this.#sent.changes);
    this.#sent = undefined;
  }

  /** The request failed; unless Proxmox refused it outright, only a read can tell whether it took effect. */
  failed(error: ProxmoxError): void {
    if (error.isRefusal || error.isDigestMismatch || error.isMissingVm) this.#sent = undefined;
  }

  account(): Account {
    const doubtful = this.#sent?.changes ?? [];
    const owed = Object.keys(this.displaced);
    return {
      written: without(this.#written, this.#missing),
      missing: without(this.#missing, doubtful),
      doubtful,
      displaced: Object.fromEntries(Object.entries(this.#pending).filter(([key]) => owed.includes(key))),
    };
  }

  #accept({ text, displaced, pending }: Sent, changes: readonly Change[]): void {
    this.#written = [...without(this.#written, changes), ...changes];
    this.#lastAccepted = text;
    this.displaced = displaced;
    this.#pending = pending;
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

function keyOf(path: string): string {
  return path.split(".")[1] ?? path;
}
