import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Agent, request } from "undici";
import { Control, type ControlledVm } from "../../demo/control.ts";
import type { Emulator } from "../../emulator/start.ts";
import { startEmulator } from "../../emulator/start.ts";
import { ProviderProcess } from "../provider/provider-process.ts";
import { estateOf, firstVmid } from "./estate.ts";
import { type FaultKind, faultKinds, type Scene } from "./kinds.ts";
import { nextUp, type Operation, operations, type Properties } from "./operations.ts";
import { type Passing, Wire } from "./wire.ts";

const quickProvider = resolve(import.meta.dirname, "quick-provider");
/** Rounds at a time: most of one is waiting. */
const together = 6;

/** One fault at one request of one operation, and what came of it. */
export interface Round {
  readonly fault: FaultKind;
  readonly operation: Operation;
  /** The request that it hit, such as `PUT config 1`. */
  readonly label: string;
  readonly vmid: number;
  /** Outputs of the operation; undefined when it failed, or when a read found that the VM is gone. */
  readonly outputs: Properties | undefined;
  readonly error: string | undefined;
  /** The VM after it; undefined when it is gone. */
  readonly after: ControlledVm | undefined;
  /** Error of the next `up`; undefined when it succeeded. */
  readonly nextError: string | undefined;
  readonly afterNext: ControlledVm | undefined;
  /** Requests that wrote in an `up` after the next one. */
  readonly lastWrites: number;
}

/** Emulator, wire and provider for a whole run of the matrix. */
export class Matrix implements AsyncDisposable {
  readonly control: Control;
  readonly #emulator: Emulator;
  readonly #wire: Wire;
  readonly #provider: ProviderProcess;
  #nextVmid = firstVmid;

  private constructor(emulator: Emulator, wire: Wire, provider: ProviderProcess) {
    this.control = new Control(emulator.controlUrl);
    this.#emulator = emulator;
    this.#wire = wire;
    this.#provider = provider;
  }

  static async open(): Promise<Matrix> {
    const emulator = await startEmulator({ seed: estateOf(700) });
    const wire = await Wire.open(emulator);
    const env = {
      PROXMOX_VE_ENDPOINT: wire.endpoint,
      PROXMOX_VE_API_TOKEN: emulator.apiToken,
      PROXMOX_VE_CA_FILE: wire.caFile,
    };
    return new Matrix(emulator, wire, await ProviderProcess.start(env, quickProvider));
  }

  /** Every fault at every request that it can hit, of every operation. */
  async run(): Promise<Round[]> {
    const rounds: (() => Promise<Round>)[] = [];
    const alone: (() => Promise<Round>)[] = [];
    for (const operation of operations) {
      const labels = await this.#requestsOf(operation);
      for (const fault of faultKinds) {
        for (const label of labels.filter((one) => canHit(fault, one, operation))) {
          (fault.alone ? alone : rounds).push(() => this.#round(fault, operation, label));
        }
      }
    }
    const results = await inPool(rounds, together);
    for (const round of alone) results.push(await round());
    return results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider[Symbol.asyncDispose]();
    await this.#wire[Symbol.asyncDispose]();
    await this.#emulator.close();
  }

  /** The requests of an operation that nothing disturbs. */
  async #requestsOf(operation: Operation): Promise<string[]> {
    const vmid = this.#nextVmid++;
    const labels: string[] = [];
    this.#wire.watch(vmid, async ({ label }) => {
      labels.push(label);
      return "pass";
    });
    await operation.run(this.#provider, vmid);
    this.#wire.unwatch(vmid);
    return labels.toSorted();
  }

  async #round(fault: FaultKind, operation: Operation, label: string): Promise<Round> {
    const vmid = this.#nextVmid++;
    const scene: Scene = {
      vmid,
      control: this.control,
      wire: this.#wire,
      operator: (method, path) => this.#operate(method, path),
    };
    let hit = false;
    this.#wire.watch(vmid, async (passing) => {
      if (hit ? !(fault.stays && canHit(fault, passing.label, operation)) : passing.label !== label)
        return "pass";
      hit = true;
      return fault.strike(scene, passing);
    });
    const { outputs, error } = await attempt(() => operation.run(this.#provider, vmid));
    this.#wire.unwatch(vmid);
    if (fault.alone) await this.#wire.listen();
    const after = await this.#vm(vmid);
    const next = await attempt(() => nextUp(this.#provider, operation, vmid));
    const afterNext = await this.#vm(vmid);
    const lastWrites = await this.#writesOfOneMore(operation, vmid);
    return {
      fault,
      operation,
      label,
      vmid,
      outputs,
      error,
      after,
      nextError: next.error,
      afterNext,
      lastWrites,
    };
  }

  async #writesOfOneMore(operation: Operation, vmid: number): Promise<number> {
    let writes = 0;
    this.#wire.watch(vmid, async ({ method }: Passing) => {
      if (method === "PUT") writes += 1;
      return "pass";
    });
    await attempt(() => this.#provider.create(operation.declared(vmid)));
    this.#wire.unwatch(vmid);
    return writes;
  }

  /** The VM as the emulator has it; undefined when it is gone. */
  #vm(vmid: number): Promise<ControlledVm | undefined> {
    return this.control.vm(vmid).catch(() => undefined);
  }

  async #operate(method: "POST" | "DELETE", path: string): Promise<void> {
    const dispatcher = new Agent({ connect: { ca: readFileSync(this.#emulator.caFile) } });
    const answer = await request(`${this.#emulator.endpoint}/api2/json${path}`, {
      method,
      dispatcher,
      headers: { authorization: `PVEAPIToken=${this.#emulator.apiToken}` },
    });
    const text = await answer.body.text();
    await dispatcher.close();
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} answers ${answer.statusCode}: ${text}`);
  }
}

function canHit({ at }: FaultKind, label: string, { name }: Operation): boolean {
  if (at === "writes") return label.startsWith("PUT");
  return at === "every request" || (name === "grow" && label.startsWith("PUT resize"));
}

async function attempt(
  work: () => Promise<Properties | undefined>,
): Promise<{ outputs?: Properties | undefined; error?: string }> {
  try {
    return { outputs: await work() };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function inPool<T>(jobs: readonly (() => Promise<T>)[], workers: number): Promise<T[]> {
  const results: T[] = [];
  const queue = jobs.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const job of queue) results.push(await job());
    }),
  );
  return results;
}
