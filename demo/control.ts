/** One request as the emulator recorded it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
  readonly status: number;
}

/** A request that waits at a barrier. */
export interface HeldRequest {
  readonly id: number;
  readonly method: string;
  readonly path: string;
}

/** What the emulator's control API tells of a VM. */
export interface ControlledVm {
  readonly config: Readonly<Record<string, string>>;
  readonly pending: Readonly<Record<string, string>>;
  readonly status: string;
  readonly throttleCalls: Readonly<Record<string, number>>;
  readonly [more: string]: unknown;
}

/** Speaks to the emulator's control API: the other hands on the estate, and the witness of every request. */
export class Control {
  readonly #url: string;

  constructor(controlUrl: string) {
    this.#url = controlUrl;
  }

  requests(): Promise<RecordedRequest[]> {
    return this.#call("GET", "/requests") as Promise<RecordedRequest[]>;
  }

  /** Requests that could change something: all but reads and the login. */
  async writes(): Promise<RecordedRequest[]> {
    const all = await this.requests();
    return all.filter(({ method, path }) => method !== "GET" && !path.endsWith("/access/ticket"));
  }

  /** Requests that the emulator does not know; a test that caused one has proved nothing. */
  unknown(): Promise<RecordedRequest[]> {
    return this.#call("GET", "/unknown") as Promise<RecordedRequest[]>;
  }

  async forget(): Promise<void> {
    await this.#call("DELETE", "/requests");
  }

  vm(vmid: number): Promise<ControlledVm> {
    return this.#call("GET", `/vms/${vmid}`) as Promise<ControlledVm>;
  }

  /** Attaches a disk as a CSI driver does: `drive` is its whole string, canonical and with its size. */
  async attach(vmid: number, slot: string, drive: string): Promise<void> {
    const [volume, ...options] = drive.split(",");
    const size = options.find((option) => option.startsWith("size="))?.slice("size=".length);
    await this.act(vmid, "attach", { slot, volume, size, options: options.join(",") });
  }

  /** An act on a VM: detach, edit, move, guest-reboot, guest-poweroff, agent, stall, load, qmp. */
  async act(vmid: number, action: string, body: object = {}): Promise<void> {
    await this.#call("POST", `/vms/${vmid}/${action}`, body);
  }

  /** From now on every answer comes so many milliseconds later. */
  async latency(milliseconds: number): Promise<void> {
    await this.#call("POST", "/latency", { milliseconds });
  }

  async fault(fault: object): Promise<void> {
    await this.#call("POST", "/faults", fault);
  }

  /** Holds requests before they take effect. */
  async hold(method: string, path: string): Promise<void> {
    await this.#call("POST", "/barriers", { method, path });
  }

  /** What is held, as soon as anything is; nothing once the barriers are gone. */
  whenHeld(): Promise<HeldRequest[]> {
    return this.#call("GET", "/barriers?held=1") as Promise<HeldRequest[]>;
  }

  async release({ id }: HeldRequest): Promise<void> {
    await this.#call("POST", "/barriers/release", { id });
  }

  /** Removes every barrier and lets go on what is held. */
  async endHolds(): Promise<void> {
    await this.#call("DELETE", "/barriers");
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok)
      throw new Error(`emulator control: ${method} ${path} answers ${response.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
