import { storedRule } from "./config-schema.ts";
import { die } from "./errors.ts";
import { formatted, type Rule } from "./rule.ts";
import { listOf, volumeId } from "./text-formats.ts";
import type { Section, Vm } from "./vm.ts";

/** What Proxmox reads out of a config line's value, or why it reads nothing (qemu-server, `check_type`). */
type Reading = { readonly value: string } | { readonly problem: string };

/** An integer as Perl prints it: exact up to 64 bits, in scientific notation beyond. */
function perlInteger(digits: string): string {
  const exact = BigInt(digits);
  if (exact < 2n ** 64n) return exact.toString();
  return Number(digits)
    .toPrecision(15)
    .replace(/\.?0+(?=e)/, "")
    .replace(/e\+(\d)$/, "e+0$1");
}

/** A format is looked at, and a type; neither enumerations nor patterns nor limits are. */
function readBy(rule: Rule | undefined, key: string, value: string): Reading {
  if (rule === undefined) return { problem: `unknown setting '${key}'` };
  if (/[\n\r]/.test(value)) return { problem: "property contains a line feed" };
  const mismatch = { problem: `type check ('${rule.type}') failed - got '${value}'` };
  if (rule.type === "boolean") {
    if (/^(?:1|on|yes|true)$/i.test(value)) return { value: "1" };
    return /^(?:0|off|no|false)$/i.test(value) ? { value: "0" } : mismatch;
  }
  if (rule.type === "integer") return /^\d+$/.test(value) ? { value: perlInteger(value) } : mismatch;
  if (rule.type === "number") return /^\d+(?:\.\d+)?$/.test(value) ? { value } : mismatch;
  if (rule.format === undefined) return { value: value.replace(/^"(.*)"$/, "$1") };
  const problem = rule.format(value);
  return problem === undefined ? { value } : { problem };
}

function readValue(key: string, value: string): Reading {
  return readBy(storedRule(key), key, value);
}

/** What may stand in the section that a backup keeps its notes in. */
const FLEECING: Readonly<Record<string, Rule>> = { "fleecing-images": formatted(listOf(volumeId)) };

/** Decodes a comment line: `%XX` and the escapes that Proxmox writes. */
function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A config file as its reader sees it. */
export interface ConfigFile {
  readonly current: Section;
  readonly pending: Section;
  readonly pendingDelete: Map<string, boolean>;
  readonly snapshots: Map<string, Section>;
  /** Sections that Proxmox keeps for itself. */
  readonly special: Map<string, Section>;
  /** Its words for what it dropped. */
  readonly warnings: readonly string[];
}

/** The keys that a `delete:` line names; true where the volume shall go too. */
function pendingDeletes(line: string): [string, boolean][] {
  const entries = line.replace(/[,;]/g, " ").trim().split(/\s+/);
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => [entry.replace(/^!/, ""), entry.startsWith("!")]);
}

class ConfigReader {
  readonly #current: Section = new Map();
  readonly #snapshots = new Map<string, Section>();
  readonly #special = new Map<string, Section>();
  readonly #warnings: string[] = [];
  #pending: Section | undefined;
  #delete = "";
  #kind: "plain" | "pending" | "cloudinit" | "fleecing" = "plain";
  /** Undefined in a section that nobody knows. */
  #section: Section | undefined = this.#current;
  #description: string | undefined;

  #open(named: Map<string, Section>, name: string, kind: string): void {
    if (named.has(name)) this.#warnings.push(`duplicate ${kind} section: ${name}`);
    this.#section = new Map();
    named.set(name, this.#section);
    this.#kind = "plain";
  }

  #header(line: string): boolean {
    const header = /^\[([^\]]*)\]\s*$/.exec(line)?.[1];
    if (header === undefined) return false;
    this.#endDescription();
    const special = /^special:(cloudinit|fleecing)$/i.exec(header)?.[1];
    if (/^pending$/i.test(header)) {
      if (this.#pending !== undefined) this.#warnings.push("duplicate section: pending");
      this.#pending = new Map();
      this.#delete = "";
      this.#section = this.#pending;
      this.#kind = "pending";
    } else if (special !== undefined) {
      this.#open(this.#special, special, "special");
      this.#kind = special === "cloudinit" ? "cloudinit" : "fleecing";
    } else if (/^[a-z][a-z0-9_-]+$/i.test(header)) {
      this.#open(this.#snapshots, header, "snapshot");
    } else {
      this.#section = undefined;
      this.#warnings.push(`skipping unknown section: '${header}'`);
    }
    return true;
  }

  #endDescription(): void {
    if (this.#description !== undefined) {
      this.#section?.set("description", this.#description.replace(/\s+$/, ""));
    }
    this.#description = undefined;
  }

  #keep(section: Section, key: string, value: string): void {
    if (this.#kind === "cloudinit") {
      section.set(key, value);
      return;
    }
    const reading = this.#kind === "fleecing" ? readBy(FLEECING[key], key, value) : readValue(key, value);
    if ("value" in reading) section.set(key === "cdrom" ? "ide2" : key, reading.value);
    else this.#warnings.push(`unable to parse value of '${key}' - ${reading.problem}`);
  }

  line(line: string): void {
    if (/^\s*$/.test(line) || this.#header(line) || this.#section === undefined) return;
    const section = this.#section;
    const comment = /^#(.*)$/.exec(line)?.[1];
    const description = /^description:\s*(.*\S)\s*$/.exec(line)?.[1];
    const state = /snapstate:\s*(prepare|delete)\s*$/.exec(line)?.[1];
    const args = /^args:\s*(.*\S)\s*$/.exec(line)?.[1];
    const deletes = /^delete:\s*(.*\S)\s*$/.exec(line)?.[1];
    const [, key, value = ""] = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/.exec(line) ?? [];
    if (comment !== undefined) this.#description = `${this.#description ?? ""}${decodeText(comment)}\n`;
    else if (description !== undefined) {
      this.#description = `${this.#description ?? ""}${decodeText(description)}`;
    } else if (state !== undefined) section.set("snapstate", state);
    else if (args !== undefined) section.set("args", args);
    else if (deletes !== undefined && this.#kind === "pending") this.#delete = deletes;
    else if (deletes !== undefined) this.#warnings.push("property 'delete' is only allowed in [PENDING]");
    else if (key !== undefined) this.#keep(section, key, value);
    else this.#warnings.push(`unable to parse config: ${line}`);
  }

  end(): ConfigFile {
    this.#endDescription();
    this.#current.delete("snapstate");
    return {
      current: this.#current,
      pending: this.#pending ?? new Map(),
      pendingDelete: new Map(pendingDeletes(this.#delete)),
      snapshots: this.#snapshots,
      special: this.#special,
      warnings: this.#warnings,
    };
  }
}

/** Reads the lines of a config file; what is unreadable is dropped with a warning (qemu-server, `parse_vm_config`). */
export function readConfigFile(lines: readonly string[]): ConfigFile {
  const reader = new ConfigReader();
  for (const line of lines) reader.line(line);
  return reader.end();
}

/** The section without the lines that Proxmox cannot read, the others as it reads them. */
export function readable(section: ReadonlyMap<string, string>): Section {
  const kept: Section = new Map();
  for (const [key, value] of section) {
    const reading = key === "description" || key === "args" ? { value } : readValue(key, value);
    if ("value" in reading) kept.set(key, reading.value);
  }
  return kept;
}

/**
 * What a write makes of a section and the next read of that: values in one form, blanks at their ends gone, an empty
 * one a single blank.
 * @throws the API's error for a value that no config file can hold
 */
function reread(section: ReadonlyMap<string, string>): Section {
  const written: Section = new Map();
  for (const [key, value] of section) {
    if (key === "description") {
      written.set(key, value);
      continue;
    }
    const reading = readValue(key, value);
    if ("problem" in reading) throw die(`unable to parse value of '${key}' - ${reading.problem}`);
    written.set(key, reading.value.trim() || " ");
  }
  return readable(written);
}

/** The old name of `sockets` becomes it with the next write. */
function renameSmp(current: Section): void {
  const smp = current.get("smp");
  if (smp === undefined) return;
  current.delete("smp");
  if (current.has("sockets")) return;
  current.set("sockets", smp);
  current.delete("cores");
}

function replace(section: Section, by: ReadonlyMap<string, string>): void {
  section.clear();
  for (const [key, value] of by) section.set(key, value);
}

function sectionsOf(vm: Vm): readonly Section[] {
  return [vm.current, vm.pending, ...vm.snapshots.values()];
}

/** Runs work that only looks: it sees what Proxmox reads of the file, which stays as it is. */
export function reading<T>(vm: Vm, work: () => T): T {
  const before = sectionsOf(vm).map((section) => new Map(section));
  for (const section of sectionsOf(vm)) replace(section, readable(section));
  try {
    return work();
  } finally {
    sectionsOf(vm).forEach((section, index) => {
      replace(section, before[index] ?? section);
    });
  }
}

/**
 * Runs one change of the file: what Proxmox reads of it is changed and written back, so that unreadable lines are gone
 * with it. A change that throws leaves the file as it was.
 */
export function rewriting(vm: Vm, change: () => void): void {
  const before = sectionsOf(vm).map((section) => new Map(section));
  const deletes = new Map(vm.pendingDelete);
  const sections = sectionsOf(vm);
  try {
    for (const section of sections) replace(section, readable(section));
    change();
    renameSmp(vm.current);
    for (const section of sections) replace(section, reread(section));
  } catch (error) {
    sections.forEach((section, index) => {
      replace(section, before[index] ?? section);
    });
    vm.pendingDelete.clear();
    for (const [key, force] of deletes) vm.pendingDelete.set(key, force);
    throw error;
  }
}
