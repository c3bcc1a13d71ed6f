import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sandbox } from "../../demo/sandbox.ts";
import {
  cap,
  emptyStack,
  filedProgram,
  fitsInConfiguration,
  plainProgram,
  seedOf,
  stackFile,
} from "../fleet.ts";
import { isCreateMeasured, type Operation, type SubjectName } from "../options.ts";
import type { Outcome, Subject } from "../subject.ts";
import { OriginalVm } from "./original-vm.ts";
import { runToEnd } from "./run-to-end.ts";

const engineArguments: Readonly<Partial<Record<Operation, readonly string[]>>> = {
  preview: ["preview"],
  refresh: ["preview", "--refresh"],
  up: ["up", "--yes", "--skip-preview"],
  cap: ["up", "--yes", "--skip-preview"],
  create: ["up", "--yes", "--skip-preview"],
};

interface Kind {
  readonly name: SubjectName;
  /** VMs that are there before the first run. */
  readonly seeded: boolean;
  readonly stack: (vms: number, firstCap: number) => string;
  /** The checkout's own program when absent. */
  readonly program?: (vms: number, firstCap: number) => string;
  /** The program that holds a fleet for which the stack configuration is too small. */
  readonly filed?: (vms: number, firstCap: number) => string;
  readonly operations: readonly Operation[];
}

const every: readonly Operation[] = ["preview", "refresh", "up", "cap"];

/** Who runs on Pulumi's engine. */
export const pulumiKinds: readonly Kind[] = [
  {
    name: "adopted",
    seeded: true,
    stack: (vms, firstCap) => stackFile(vms, firstCap, false),
    filed: filedProgram,
    operations: [...every, "status"],
  },
  {
    name: "created",
    seeded: false,
    stack: (vms, firstCap) => stackFile(vms, firstCap, true),
    operations: every,
  },
  { name: "plain", seeded: false, stack: () => emptyStack, program: plainProgram, operations: every },
  {
    name: "empty",
    seeded: false,
    stack: () => emptyStack,
    program: () => "export {};\n",
    operations: ["preview", "refresh", "up"],
  },
];

/** A program in a sandbox of its own, with the real engine. */
export class PulumiSubject implements Subject {
  readonly vms: number;
  readonly #kind: Kind;
  readonly #sandbox: Sandbox;
  #stack = "";
  #original: OriginalVm | undefined;

  private constructor(kind: Kind, vms: number, sandbox: Sandbox) {
    this.#kind = kind;
    this.vms = vms;
    this.#sandbox = sandbox;
  }

  static async open(kind: Kind, vms: number): Promise<PulumiSubject> {
    const dir = mkdtempSync(join(tmpdir(), "fleet-bench-"));
    try {
      const seed = join(dir, "seed.json");
      writeFileSync(seed, JSON.stringify(seedOf(kind.seeded ? vms : 0)));
      const { stack, program } = layout(kind, vms, "create");
      const sandbox = await Sandbox.open({ seed, stackFile: stack, ...(program && { program }) });
      return new PulumiSubject(kind, vms, sandbox);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  get name() {
    return this.#kind.name;
  }

  get operations() {
    return this.#kind.operations;
  }

  get control() {
    return this.#sandbox.control;
  }

  run(operation: Operation): Promise<Outcome> {
    if (operation === "status") {
      const { dir, connection } = this.#sandbox;
      return runToEnd(join(dir, "cli", "fleet"), ["status", "--json"], dir, {
        ...process.env,
        ...connection,
      });
    }
    const isUnmeasured = operation === "create" && !isCreateMeasured(this.vms);
    return this.#sandbox.pulumi(
      engineArguments[operation] ?? [],
      isUnmeasured ? { PULUMI_SKIP_CHECKPOINTS: "true" } : {},
    );
  }

  async keep(): Promise<void> {
    const { dir } = this.#sandbox;
    cpSync(join(dir, "state"), join(dir, "kept"), { recursive: true });
    this.#stack = this.#sandbox.readStack();
    if (this.operations.includes("cap")) this.#original = await OriginalVm.read(this.control);
  }

  async prepare(operation: Operation): Promise<void> {
    const { dir } = this.#sandbox;
    rmSync(join(dir, "state"), { recursive: true });
    cpSync(join(dir, "kept"), join(dir, "state"), { recursive: true });
    await this.#original?.putBack();
    const { stack, program } = layout(this.#kind, this.vms, operation);
    // Of the engine's alone, and not to be put behind a fleet in JSON.
    const salt =
      operation === "status"
        ? []
        : this.#stack.split("\n").filter((line) => line.startsWith("encryptionsalt"));
    this.#sandbox.writeStack([stack, ...salt, ""].join("\n"));
    if (program !== undefined) this.#sandbox.writeProgram(program);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

/** Stack file and program of an operation; no program means the checkout's own. */
function layout(
  { stack, program, filed }: Kind,
  vms: number,
  operation: Operation,
): { stack: string; program: string | undefined } {
  const firstCap = operation === "cap" ? cap.changed : cap.usual;
  // The command reads the stack file by itself, whatever its length.
  if (filed && operation !== "status" && !fitsInConfiguration(vms)) {
    return { stack: emptyStack, program: filed(vms, firstCap) };
  }
  return { stack: stack(vms, firstCap), program: program?.(vms, firstCap) };
}
