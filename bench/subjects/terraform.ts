import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Control } from "../../demo/control.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../../demo/emulator-process.ts";
import { cap, seedOf, terraformMain } from "../fleet.ts";
import type { Operation } from "../options.ts";
import type { Outcome, Subject } from "../subject.ts";
import { OriginalVm } from "./original-vm.ts";
import { runToEnd } from "./run-to-end.ts";

const plan = ["plan", "-input=false", "-no-color"];
const apply = ["apply", "-input=false", "-no-color", "-auto-approve"];
const terraformArguments: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  preview: [...plan, "-refresh=false"],
  refresh: plan,
  up: apply,
  cap: apply,
  create: apply,
};

/** Terraform with bpg's provider, in a folder of its own; a dev override makes `init` and a registry needless. */
export class TerraformSubject implements Subject {
  readonly name = "terraform";
  readonly vms: number;
  readonly operations: readonly Operation[] = ["preview", "refresh", "up", "cap"];
  readonly control: Control;
  readonly #emulator: EmulatorProcess;
  readonly #dir: string;
  #original: OriginalVm | undefined;

  private constructor(vms: number, emulator: EmulatorProcess, dir: string) {
    this.vms = vms;
    this.#emulator = emulator;
    this.#dir = dir;
    this.control = new Control(emulator.address.controlUrl);
  }

  /** @param provider path of the executable `terraform-provider-proxmox` */
  static async open(vms: number, provider: string): Promise<TerraformSubject> {
    const dir = mkdtempSync(join(tmpdir(), "fleet-bench-"));
    const seed = join(dir, "seed.json");
    writeFileSync(seed, JSON.stringify(seedOf(0)));
    writeFileSync(
      join(dir, "cli.tfrc"),
      `provider_installation {
  dev_overrides {
    "bpg/proxmox" = "${dirname(provider)}"
  }
}
`,
    );
    writeFileSync(join(dir, "main.tf"), terraformMain(vms, cap.usual));
    return new TerraformSubject(vms, await startEmulatorProcess(seed), dir);
  }

  run(operation: Operation): Promise<Outcome> {
    const { endpoint, apiToken, caFile } = this.#emulator.address;
    return runToEnd("terraform", terraformArguments[operation] ?? [], this.#dir, {
      ...process.env,
      TF_CLI_CONFIG_FILE: join(this.#dir, "cli.tfrc"),
      CHECKPOINT_DISABLE: "1",
      PROXMOX_VE_ENDPOINT: endpoint,
      PROXMOX_VE_API_TOKEN: apiToken,
      SSL_CERT_FILE: caFile,
    });
  }

  async keep(): Promise<void> {
    copyFileSync(join(this.#dir, "terraform.tfstate"), join(this.#dir, "kept.tfstate"));
    this.#original = await OriginalVm.read(this.control);
  }

  async prepare(operation: Operation): Promise<void> {
    copyFileSync(join(this.#dir, "kept.tfstate"), join(this.#dir, "terraform.tfstate"));
    await this.#original?.putBack();
    const firstCap = operation === "cap" ? cap.changed : cap.usual;
    writeFileSync(join(this.#dir, "main.tf"), terraformMain(this.vms, firstCap));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#emulator[Symbol.asyncDispose]();
    rmSync(this.#dir, { recursive: true });
  }
}
