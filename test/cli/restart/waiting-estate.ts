import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach } from "vitest";
import { readFleetFile } from "../../../cli/stack/fleet-file.ts";
import type { Surroundings } from "../../../cli/surroundings.ts";
import { Control } from "../../../demo/control.ts";
import type { Seed } from "../../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../../emulator/start.ts";
import { ProxmoxClient } from "../../../proxmox/api/client.ts";
import { VmApi } from "../../../proxmox/api/vm-api.ts";
import { VmReader } from "../../../proxmox/api/vm-reader.ts";
import { converge } from "../../../proxmox/converge/converge.ts";
import { connectionOf } from "../../connection-of.ts";
import { checkout, type FleetRun, fleet } from "../fleet-run.ts";

export const incident = JSON.parse(
  readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8"),
) as Seed;

/** What waits on VM 102 once the production stack was applied. */
export const waits = [
  "drives.scsi0.aio: (absent) => threads",
  "drives.scsi0.iothread: (absent) => 1",
  "options.scsihw: (absent) => virtio-scsi-single",
];

/** An emulated estate to which the production stack was applied, and a folder to run commands in. */
export class WaitingEstate {
  readonly emulator: Emulator;
  readonly control: Control;
  readonly cwd: string;

  constructor(emulator: Emulator, cwd: string) {
    this.emulator = emulator;
    this.control = new Control(emulator.controlUrl);
    this.cwd = cwd;
  }

  run(argv: readonly string[], over: Partial<Surroundings> = {}): Promise<FleetRun> {
    return fleet(argv, { cwd: this.cwd, env: this.env(), ...over });
  }

  env(apiToken = this.emulator.apiToken): Record<string, string> {
    return {
      PROXMOX_VE_ENDPOINT: this.emulator.endpoint,
      PROXMOX_VE_API_TOKEN: apiToken,
      PROXMOX_VE_CA_FILE: this.emulator.caFile,
    };
  }

  /** Applies what the stack file declares of one VM, as `pulumi up` does. */
  async up(key: string): Promise<void> {
    const entry = readFleetFile(this.cwd, "prod").entries.find((one) => one.key === key);
    if (entry === undefined) throw new Error(`no entry ${key}`);
    const client = new ProxmoxClient(connectionOf(this.emulator));
    const api = new VmApi(client);
    await converge(api, new VmReader(api), entry.declared, key);
    client.close();
  }

  /** Requests that could change something, as `METHOD path`. */
  async writes(): Promise<string[]> {
    return (await this.control.writes())
      .filter(({ path }) => !/\/agent\//.test(path))
      .map(({ method, path }) => `${method} ${path}`);
  }
}

const opened: { emulator: Emulator; cwd: string }[] = [];
afterEach(async () => {
  for (const { emulator, cwd } of opened.splice(0)) {
    await emulator.close();
    rmSync(cwd, { recursive: true });
  }
});

/** An estate that the end of the test closes; VM 102 waits, and nothing else does. */
export async function waitingEstate(seed: Seed = incident, stackFile?: string): Promise<WaitingEstate> {
  const report = (message: string) => {
    throw new Error(message);
  };
  const emulator = await startEmulator({ seed, report });
  const cwd = mkdtempSync(join(tmpdir(), "fleet-restart-"));
  opened.push({ emulator, cwd });
  const production = readFileSync(resolve(checkout, "Pulumi.prod.yaml"), "utf8");
  writeFileSync(join(cwd, "Pulumi.prod.yaml"), stackFile ?? production);
  const estate = new WaitingEstate(emulator, cwd);
  await estate.up("devvm");
  await estate.control.forget();
  return estate;
}

/** The incident's seed with one VM changed. */
export function seedWith(vmid: number, change: Partial<Seed["vms"][number]>): Seed {
  const vms = incident.vms.map((vm) => (vm.vmid === vmid ? { ...vm, ...change } : vm));
  return { ...incident, vms };
}
