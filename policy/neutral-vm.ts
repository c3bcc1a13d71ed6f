import type { JudgedOptions, JudgedVm, Source } from "./judged-vm.ts";
import { notKnown } from "./known-properties.ts";

/** Collects what a resource says about a VM in the neutral model, and what it does not know yet. */
export class NeutralVm {
  readonly #config: Record<string, string> = {};
  readonly #drives: Record<string, Record<string, string>> = {};
  readonly #options: Record<string, unknown> = {};
  readonly #unknown: string[] = [];

  /** One option by Proxmox's key; nothing when undefined. */
  config(key: string, value: unknown): void {
    const text = this.#text(`config.${key}`, value);
    if (text !== undefined) this.#config[key] = text;
  }

  /** One drive by slot with Proxmox's keys; undefined ones are absent. */
  drive(slot: string, keys: Readonly<Record<string, unknown>>): void {
    const drive: Record<string, string> = {};
    for (const [key, value] of Object.entries(keys)) {
      const text = this.#text(`drives.${slot}.${key}`, value);
      if (text !== undefined) drive[key] = text;
    }
    this.#drives[slot] = drive;
  }

  option(key: keyof JudgedOptions, value: unknown): void {
    if (value === notKnown) this.#unknown.push(`options.${key}`);
    else if (value !== undefined) this.#options[key] = value;
  }

  unknown(path: string): void {
    this.#unknown.push(path);
  }

  judged(name: string, source: Source, complete: boolean, vmid: unknown): JudgedVm {
    const id = Number(vmid === notKnown ? undefined : vmid);
    const isOurs = source === "VmConfig";
    return {
      name,
      exemptAs: [name, ...(isOurs || !Number.isInteger(id) ? [] : [String(id)])],
      source,
      complete,
      config: this.#config,
      drives: this.#drives,
      unknown: this.#unknown,
      options: this.#options as JudgedOptions,
      ...(Number.isInteger(id) && { vmid: id }),
    };
  }

  #text(path: string, value: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (value === notKnown) {
      this.#unknown.push(path);
      return undefined;
    }
    if (typeof value === "boolean") return value ? "1" : "0";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}
