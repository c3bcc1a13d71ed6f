/** Where Proxmox VE answers and how this program proves who it is. */
export interface Connection {
  /** Base address, e.g. `https://pve.example.org:8006/`; https only. */
  readonly endpoint: string;
  /** `user@realm!name=secret`. */
  readonly apiToken: string;
  /** PEM text of the certificate authority; absent: the system's own store. */
  readonly ca?: string;
  /** Skip certificate verification. @default false */
  readonly insecure?: boolean;
}
