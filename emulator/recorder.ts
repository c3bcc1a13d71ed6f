/** One request as it arrived; a dropped connection has status 0. */
export interface RecordedRequest {
  readonly method: string;
  /** As Proxmox documents it, without `/api2/json` and decoded. */
  readonly path: string;
  query?: Record<string, string>;
  body?: Record<string, string>;
  status: number;
}

/** A request that the emulator does not know how to answer; a test that causes one must fail. */
export interface UnknownRequest {
  readonly method: string;
  readonly path: string;
  readonly status: 400 | 501;
  /** The parameters that no schema has; empty when the path or method itself is unknown. */
  readonly parameters: readonly string[];
}

/** Everything that was asked since the start, or since the last `clear`. */
export class Recorder {
  requests: RecordedRequest[] = [];
  unknown: UnknownRequest[] = [];

  clear(): void {
    this.requests = [];
    this.unknown = [];
  }
}
