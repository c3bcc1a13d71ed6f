import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Manifest, manifestFile } from "./manifest.ts";
import type { Mask } from "./mask.ts";
import type { Step, StepRecord, StepResult } from "./step.ts";

/** How files are written; a disk that is full shows here. */
export type WriteFile = (path: string, text: string) => Promise<void>;

/** Freed when the disk is full, so that the manifest can still say so. */
const reserveFile = ".reserve";
const reserveBytes = 128 * 1024;

/** Only for the user who captured: what is captured is nobody else's business. */
const privately: WriteFile = (path, text) => writeFile(path, text, { mode: 0o600 });

/** What is known of a bundle before its first step. */
export type BundleHead = Pick<Manifest, "vm" | "endpoint" | "started" | "host">;

/** A bundle as it grows on disk: after each step it says what it holds, and that it is not complete. */
export class Bundle {
  readonly folder: string;
  readonly #mask: Mask;
  readonly #write: WriteFile;
  #manifest: Manifest;
  #saving: Promise<void> = Promise.resolve();

  private constructor(folder: string, manifest: Manifest, mask: Mask, write: WriteFile) {
    this.folder = folder;
    this.#manifest = manifest;
    this.#mask = mask;
    this.#write = write;
  }

  /** Makes the folder, readable by its owner alone. @throws {Error} when it exists or cannot be made */
  static async create(
    folder: string,
    head: BundleHead,
    mask: Mask,
    write: WriteFile = privately,
  ): Promise<Bundle> {
    const manifest: Manifest = { version: 1, ...head, complete: false, remarks: [], steps: [] };
    const bundle = new Bundle(folder, manifest, mask, write);
    try {
      await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
      await mkdir(folder, { mode: 0o700 });
      await write(join(folder, reserveFile), " ".repeat(reserveBytes));
      await bundle.#save();
    } catch (error) {
      throw new Error(
        `${folder}: cannot be made (got ${sayingOf(error)}); allowed is a folder with room that you may write to; name another: --out DIR`,
      );
    }
    return bundle;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Says something that no single step says. */
  remark(text: string): void {
    this.#manifest = { ...this.#manifest, remarks: [...this.#manifest.remarks, this.#mask.text(text)] };
  }

  /** Which QEMU process the bundle is about. */
  about(process: NonNullable<Manifest["process"]>): void {
    this.#manifest = { ...this.#manifest, process };
  }

  /** Writes what a step captured and records how it went. A file that cannot be written makes the step fail. */
  async add(step: Step, result: StepResult, started: Date, now: () => Date): Promise<StepRecord> {
    const head = { name: step.name, file: step.file, need: step.need, started: started.toISOString() };
    const ending = await this.#written(step.file, result);
    const record: StepRecord = { ...head, ended: now().toISOString(), ...ending };
    this.#manifest = { ...this.#manifest, steps: [...this.#manifest.steps, record] };
    // Without room the manifest of before stays, and the other steps go on; the end says so.
    await this.#save().catch((error: unknown) => {
      if (!isFull(error)) throw error;
    });
    return record;
  }

  /** Marks the end. @throws {Error} when the manifest cannot be written: what is there stays, as not complete */
  async finish(complete: boolean, ended: Date): Promise<void> {
    this.#manifest = { ...this.#manifest, complete, ended: ended.toISOString() };
    await rm(join(this.folder, reserveFile), { force: true });
    try {
      await this.#save();
    } catch (error) {
      throw new Error(
        `${this.folder}: its manifest cannot be written (got ${sayingOf(error)}); allowed is a disk with room; what was captured is kept and marked as not complete: make room and capture again, or name another folder: --out DIR`,
      );
    }
  }

  async #written(
    file: string,
    result: StepResult,
  ): Promise<Pick<StepRecord, "outcome" | "bytes" | "sha256" | "reason">> {
    if (result.outcome !== "captured") {
      return { outcome: result.outcome, reason: this.#mask.text(result.reason) };
    }
    const text = this.#textOf(result.content);
    const path = join(this.folder, file);
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await this.#write(path, text);
    } catch (error) {
      await rm(path, { force: true });
      return { outcome: "failed", reason: `cannot be written: ${sayingOf(error)}` };
    }
    return {
      outcome: "captured",
      bytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
    };
  }

  #textOf(content: unknown): string {
    if (typeof content === "string") return this.#mask.text(content);
    return `${JSON.stringify(this.#mask.value(content), undefined, 2)}\n`;
  }

  /** One after another, each as a whole: whoever looks sees a manifest, never half of one. */
  #save(): Promise<void> {
    const saved = this.#saving.then(async () => {
      const path = join(this.folder, manifestFile);
      const text = `${JSON.stringify(this.#manifest, undefined, 2)}\n`;
      try {
        await this.#replace(path, text);
      } catch (error) {
        if (!isFull(error)) throw error;
        await rm(join(this.folder, reserveFile), { force: true });
        await this.#replace(path, text);
      }
    });
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #replace(path: string, text: string): Promise<void> {
    await this.#write(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

/** Whether there is no room left. */
function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

function sayingOf(error: unknown): string {
  if (isFull(error)) return "the disk is full";
  return error instanceof Error ? error.message : String(error);
}
