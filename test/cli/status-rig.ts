import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import type { StatusReport } from "../../cli/status/report.ts";
import type { Surroundings } from "../../cli/surroundings.ts";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { type FleetRun, fleet, readOnly } from "./fleet-run.ts";
import { standing } from "./incident.ts";

/** An emulator whose clock stands still, and `fleet status` against it. */
export class StatusRig {
  readonly emulator: Emulator;
  readonly control: Control;

  private constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.control = new Control(emulator.controlUrl);
  }

  static async start(seed: Seed): Promise<StatusRig> {
    return new StatusRig(await startEmulator({ seed, clock: () => 0 }));
  }

  /** Runs it with the token that can only read, for the report as data. */
  async status(
    argv: readonly string[] = [],
    over: Partial<Surroundings> = {},
  ): Promise<FleetRun & { report: StatusReport }> {
    const run = await this.table(["--json", ...argv], over);
    return { ...run, report: (run.stdout === "" ? undefined : JSON.parse(run.stdout)) as StatusReport };
  }

  /** The same for people. */
  table(argv: readonly string[] = [], over: Partial<Surroundings> = {}): Promise<FleetRun> {
    return fleet(["status", ...argv], { env: readOnly(this.emulator), ...standing, ...over });
  }

  /** Another hand than ours on the API. */
  async post(path: string, body: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#request("POST", path, body);
  }

  /** Another hand destroys a stopped VM. */
  async destroy(vmid: number): Promise<void> {
    await this.#request("DELETE", `/nodes/pve/qemu/${vmid}`);
  }

  /** Ends it; what asked the emulator for something that it does not know has proved nothing. */
  async close(): Promise<void> {
    const unknown = await this.control.unknown();
    await this.emulator.close();
    if (unknown.length > 0) throw new Error(`unknown to the emulator: ${JSON.stringify(unknown)}`);
  }

  async #request(
    method: "POST" | "DELETE",
    path: string,
    body?: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { endpoint, apiToken, caFile } = this.emulator;
    const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
    const answer = await request(`${endpoint}/api2/json${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `PVEAPIToken=${apiToken}`,
        ...(body && { "content-type": "application/x-www-form-urlencoded" }),
      },
      body: body ? new URLSearchParams(body).toString() : null,
    });
    const text = await answer.body.text();
    await dispatcher.close();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} answers ${answer.statusCode}: ${text}`);
  }
}
