interface Details {
  /** Proxmox's complaints by parameter. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Why no answer came, e.g. `ECONNRESET`. */
  readonly code?: string;
}

/** Code of a request that was refused before it was sent. */
export const notSent = "NOT_SENT";

/** Codes of connections that may work a moment later. */
const passingCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  "TIMEOUT",
]);
/** Statuses of Proxmox's proxy when the daemon or node behind it does not answer. */
const proxyStatuses = new Set([502, 503, 504, 595, 596, 599]);

/** An answer of Proxmox VE that is not a success. `status` is the HTTP status, 0 when no answer came. */
export class ProxmoxError extends Error {
  readonly status: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly #code: string | undefined;

  constructor(message: string, status: number, { parameters = {}, code }: Details = {}) {
    super(message);
    this.name = "ProxmoxError";
    this.status = status;
    this.parameters = parameters;
    this.#code = code;
  }

  /** Somebody else wrote the VM's config since it was read (Proxmox answers 500, not 409). */
  get isDigestMismatch(): boolean {
    return this.status === 500 && /checksum mismatch|modified configuration/i.test(this.message);
  }

  /** The VM is not on the node that was asked, or there is no such node. */
  get isMissingVm(): boolean {
    return (
      this.status === 500 &&
      /Configuration file '.*' does not exist|hostname lookup '.*' failed/.test(this.message)
    );
  }

  /** The id that was asked about is a VM's or a container's. */
  get isTakenId(): boolean {
    return this.status === 400 && /already exists/.test(this.parameters.vmid ?? "");
  }

  /** There is no such datastore. */
  get isMissingStorage(): boolean {
    return this.status === 500 && /storage '[^']*' does not exist/.test(this.message);
  }

  /** Another worker held the VM's lock for as long as Proxmox waits for it; nothing was done. */
  get isLockTimeout(): boolean {
    return this.status === 500 && /can't lock file .*got timeout/s.test(this.message);
  }

  /** What holds the VM, such as `backup` or `migrate`; undefined when nothing does. */
  get lock(): string | undefined {
    return /VM is locked \(([^)]*)\)/.exec(this.message)?.[1];
  }

  /** The node that has the VM does not answer the node that was asked. */
  get isNodeUnreachable(): boolean {
    return this.status === 595 || this.status === 596;
  }

  /** No answer came in all the time that one request may take. */
  get isTimeout(): boolean {
    return this.#code === "TIMEOUT";
  }

  /**
   * May be over a moment later. Of a request that writes, it is not known whether it took effect.
   */
  get isPassing(): boolean {
    if (this.status === 0) return this.#code !== undefined && passingCodes.has(this.#code);
    return proxyStatuses.has(this.status) || (this.status === 500 && /got timeout/.test(this.message));
  }

  /** Proxmox decided before it did anything, or the request was not even sent, so that nothing was done. */
  get isRefusal(): boolean {
    if (this.#code === notSent) return true;
    return [401, 403].includes(this.status) || this.isLockTimeout || this.lock !== undefined;
  }
}
