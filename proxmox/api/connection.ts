/** Where Proxmox VE answers and how this program proves who it is. */
export interface Connection {
  /** Base address, e.g. `https://pve.example.org:8006/`; https only. */
  readonly endpoint: string;
  /** `user@realm!name=secret`. */
  readonly apiToken: string;
  /** PEM text of the certificate authority; absent: the system's own store. */
  readonly ca?: string;
  /** SHA-256 of the one certificate to trust, as Proxmox prints it: `AA:BB:...`; absent: any that `ca` signed. */
  readonly fingerprint?: string;
  /** Skip certificate verification, unless there is a fingerprint. @default false */
  readonly insecure?: boolean;
  /** Refuse every request that could change something, before it is sent. @default false */
  readonly readOnly?: boolean;
}
