import { expect } from "vitest";
import { Control } from "../../demo/control.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { VmConfigResource } from "../../provider/vm-config.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import type { Connection } from "../../proxmox/api/connection.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";

/** The provider's API, with another hand that acts just before or after some of our writes. */
class RacedApi extends VmApi {
  beforeWrite: () => Promise<void> = async () => {};
  afterWrite: () => Promise<void> = async () => {};

  override async setConfig(...write: Parameters<VmApi["setConfig"]>): Promise<void> {
    await this.beforeWrite();
    await super.setConfig(...write);
    await this.afterWrite();
  }
}

/** The provider's resource in this process, an emulator of its own, and what the resource says. */
export class ProviderRig {
  readonly emulator: Emulator;
  readonly control: Control;
  readonly client: ProxmoxClient;
  readonly api: RacedApi;
  readonly resource: VmConfigResource;
  /** What was said, each with its severity in front; a test may begin anew. */
  said: string[] = [];
  readonly say = (severity: string, message: string) => void this.said.push(`${severity}: ${message}`);
  readonly #clients: ProxmoxClient[] = [];

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.control = new Control(emulator.controlUrl);
    this.client = this.clientWith({});
    this.api = new RacedApi(this.client);
    this.resource = new VmConfigResource(this.api);
  }

  static async start(seed: unknown): Promise<ProviderRig> {
    return new ProviderRig(await startEmulator({ seed }));
  }

  /** Another client of the emulator, such as one with a token that may do less. */
  clientWith(over: Partial<Connection>): ProxmoxClient {
    const client = new ProxmoxClient({ ...connectionOf(this.emulator), ...over });
    this.#clients.push(client);
    return client;
  }

  /** The resource by such a client. */
  resourceWith(over: Partial<Connection>): VmConfigResource {
    return new VmConfigResource(new VmApi(this.clientWith(over)));
  }

  /** Ends it all; the emulator must have known every request. */
  async stop(): Promise<void> {
    expect(await this.control.unknown()).toEqual([]);
    for (const client of this.#clients) client.close();
    await this.emulator.close();
  }
}
