import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Agent, request } from "undici";
import { pulumiEnvironment } from "../toolchain/environment.mjs";
import { Control } from "./control.ts";
import type { EmulatorAddress } from "./emulator-process.ts";
import { startEmulatorProcess } from "./emulator-process.ts";

const checkout = resolve(import.meta.dirname, "..");

/** What one run of the engine's command printed and how it ended. */
export interface EngineRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order they came. */
  readonly output: string;
  readonly milliseconds: number;
}

/** A run that is under way. */
export interface StartedRun {
  readonly process: ChildProcess;
  readonly ended: Promise<EngineRun>;
}

export interface SandboxOptions {
  /** Emulator seed. @default the incident's estate */
  readonly seed?: string;
  /** Stack file's text. @default Pulumi.prod.yaml as it is */
  readonly stackFile?: string;
  /** Another program than the checkout's own: its index.ts. */
  readonly program?: string;
}

/**
 * A place where the real engine runs the real program and the real providers against an emulator:
 * a copy of the project's own files, a state folder and an emulator, all gone afterwards.
 */
export class Sandbox implements AsyncDisposable {
  readonly emulator: EmulatorAddress;
  readonly control: Control;
  readonly dir: string;
  readonly #stop: () => PromiseLike<void>;

  private constructor(emulator: EmulatorAddress, dir: string, stop: () => PromiseLike<void>) {
    this.emulator = emulator;
    this.control = new Control(emulator.controlUrl);
    this.dir = dir;
    this.#stop = stop;
  }

  static async open(options: SandboxOptions = {}): Promise<Sandbox> {
    const emulator = await startEmulatorProcess(
      resolve(checkout, options.seed ?? "emulator/seeds/incident.json"),
    );
    const dir = mkdtempSync(join(tmpdir(), "proxmox-fleet-"));
    const sandbox = new Sandbox(emulator.address, dir, () => emulator[Symbol.asyncDispose]());
    try {
      sandbox.#layOut(options);
      const init = await sandbox.pulumi(["stack", "init", "prod"]);
      if (init.code !== 0) throw new Error(`pulumi stack init failed:\n${init.output}`);
      return sandbox;
    } catch (error) {
      await sandbox[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The stack file as it is now: the engine has added its encryption salt to it. */
  readStack(): string {
    return readFileSync(join(this.dir, "Pulumi.prod.yaml"), "utf8");
  }

  /** Replaces the stack file; the engine reads it at its next run. */
  writeStack(text: string): void {
    writeFileSync(join(this.dir, "Pulumi.prod.yaml"), text);
  }

  /** Replaces the program. */
  writeProgram(text: string): void {
    writeFileSync(join(this.dir, "index.ts"), text);
  }

  /** The variables that a user would export to reach this emulator. */
  get connection(): Record<string, string> {
    return {
      PROXMOX_VE_ENDPOINT: this.emulator.endpoint,
      PROXMOX_VE_API_TOKEN: this.emulator.apiToken,
      SSL_CERT_FILE: this.emulator.caFile,
    };
  }

  /** What `pulumi`, and whatever runs it, needs in its environment: engine, backend, passphrase, connection. */
  get environment(): Record<string, string> {
    return {
      ...pulumiEnvironment().env,
      ...this.connection,
      PULUMI_BACKEND_URL: `file://${join(this.dir, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "sandbox",
    };
  }

  /** Runs the real engine's command in the sandbox. A variable set to undefined is taken out. */
  pulumi(args: readonly string[], env: Record<string, string | undefined> = {}): Promise<EngineRun> {
    return this.start(args, env).ended;
  }

  /** Starts what {@link pulumi} runs, so that it can be killed. */
  start(args: readonly string[], env: Record<string, string | undefined> = {}): StartedRun {
    const { command } = pulumiEnvironment();
    const started = performance.now();
    const child = spawn(command, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.dir,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...this.environment, ...env },
    });
    const texts = { stdout: "", stderr: "", output: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        texts[stream] += text;
        texts.output += text;
      });
    }
    const ended = new Promise<EngineRun>((done, failed) => {
      child.on("error", failed);
      child.on("close", (code) =>
        done({ code: code ?? -1, ...texts, milliseconds: performance.now() - started }),
      );
    });
    return { process: child, ended };
  }

  /** A request to the API by another hand than ours, such as an operator's; its `data`. */
  async request(method: "GET" | "POST" | "PUT" | "DELETE", path: string): Promise<unknown> {
    const dispatcher = new Agent({ connect: { ca: readFileSync(this.emulator.caFile) } });
    const { statusCode, body } = await request(`${this.emulator.endpoint}/api2/json${path}`, {
      method,
      dispatcher,
      headers: { authorization: `PVEAPIToken=${this.emulator.apiToken}` },
    });
    const text = await body.text();
    await dispatcher.close();
    if (statusCode !== 200) throw new Error(`${method} ${path} answers ${statusCode}: ${text}`);
    return (JSON.parse(text) as { data: unknown }).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  #layOut({ stackFile, program }: SandboxOptions): void {
    for (const name of ["Pulumi.yaml", "compile-cache.cjs", "package.json", "index.ts", "tsconfig.json"]) {
      copyFileSync(join(checkout, name), join(this.dir, name));
    }
    for (const name of ["cli", "components", "policy", "provider", "proxmox", "node_modules"]) {
      symlinkSync(join(checkout, name), join(this.dir, name));
    }
    mkdirSync(join(this.dir, "state"));
    if (program !== undefined) this.writeProgram(program);
    if (stackFile === undefined) {
      copyFileSync(join(checkout, "Pulumi.prod.yaml"), join(this.dir, "Pulumi.prod.yaml"));
    } else {
      this.writeStack(stackFile);
    }
  }
}
