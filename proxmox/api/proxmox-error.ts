/** An answer of Proxmox VE that is not a success. `status` is the HTTP status, 0 when no answer came. */
export class ProxmoxError extends Error {
  readonly status: number;
  readonly parameters: Readonly<Record<string, string>>;

  constructor(message: string, status: number, parameters: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "ProxmoxError";
    this.status = status;
    this.parameters = parameters;
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
}
