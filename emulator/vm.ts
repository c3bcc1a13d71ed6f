import { createHash } from "node:crypto";
import { byBytes } from "./by-bytes.ts";
import { readable } from "./config-file.ts";
import { typedValue } from "./config-schema.ts";
import { type Guest, guestWith } from "./guest.ts";
import type { Load } from "./metrics.ts";
import type { RunningQemu } from "./qemu.ts";

/** One section of a VM's config file. */
export type Section = Map<string, string>;

export interface Vm {
  readonly vmid: number;
  node: string;
  readonly current: Section;
  readonly pending: Section;
  /** Keys waiting to be removed; true where the volume shall go too (`force`). */
  readonly pendingDelete: Map<string, boolean>;
  readonly snapshots: Map<string, Section>;
  /** What QEMU really runs; absent while the VM is stopped. */
  qemu: RunningQemu | undefined;
  /** QMP throttle calls by slot since the emulator started. */
  readonly throttleCalls: Map<string, number>;
  agentMode: "ok" | "hung" | "off";
  /** What the agent finds inside. */
  guest: Guest;
  /** An HA resource; nothing but its status says so. */
  haManaged: boolean;
  /** What the guest does from a time on, in seconds; the usual load before the first. */
  readonly loads: { readonly from: number; readonly load: Load }[];
  /** What QMP says of the guest, if it answers; a new process runs. */
  qmp: "running" | "paused" | "io-error" | "silent";
  /** Wedged drives: from when to when, in seconds; an open end is still wedged. */
  readonly stalls: { slot: string; from: number; to: number | undefined }[];
}

export function newVm(vmid: number, node: string, current: Section): Vm {
  return {
    vmid,
    node,
    current,
    pending: new Map(),
    pendingDelete: new Map(),
    snapshots: new Map(),
    qemu: undefined,
    throttleCalls: new Map(),
    agentMode: "ok",
    guest: guestWith({}),
    haManaged: false,
    loads: [],
    qmp: "running",
    stalls: [],
  };
}

export function isTemplate(vm: Vm): boolean {
  return vm.current.get("template") === "1";
}

/** A description goes through the file as comment lines; reading them strips the white space at its end. */
function storedDescription(description: string): string {
  return description.replace(/\s+$/, "");
}

/** Sets a value as the config file would hold it after a write. */
export function setKey(section: Section, key: string, value: string): void {
  const stored = key === "description" ? storedDescription(value) : value;
  if (key === "description" && stored === "") section.delete(key);
  else section.set(key, stored);
}

function sectionText(section: ReadonlyMap<string, string>): string {
  const description = (section.get("description") ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `#${encodeURIComponent(line)}\n`);
  const keys = [...section.keys()].filter((key) => key !== "description").sort(byBytes);
  return [...description, ...keys.map((key) => `${key}: ${section.get(key) ?? ""}\n`)].join("");
}

/** The config file's text, from which the digest is made. */
function configText(vm: Vm): string {
  const sections = [sectionText(vm.current)];
  if (vm.pending.size > 0 || vm.pendingDelete.size > 0) {
    const deletes = [...vm.pendingDelete].map(([key, force]) => (force ? `!${key}` : key)).sort(byBytes);
    const line = deletes.length > 0 ? `delete: ${deletes.join(",")}\n` : "";
    sections.push(`[PENDING]\n${line}${sectionText(vm.pending)}`);
  }
  for (const name of [...vm.snapshots.keys()].sort(byBytes)) {
    sections.push(`[${name}]\n${sectionText(vm.snapshots.get(name) ?? new Map())}`);
  }
  return sections.join("\n");
}

/** SHA-1 over the whole config file, pending changes and snapshots included. */
export function digestOf(vm: Vm): string {
  return createHash("sha1").update(configText(vm)).digest("hex");
}

function typed(section: ReadonlyMap<string, string>): Record<string, string | number> {
  const hidden = (key: string, value: string) => (key === "cipassword" ? "**********" : value);
  return Object.fromEntries([...section].map(([key, value]) => [key, typedValue(key, hidden(key, value))]));
}

/** The answer of GET config: pending changes laid over the current values unless `current` is asked. */
export function configView(vm: Vm, current: boolean): Record<string, string | number> {
  const view = readable(vm.current);
  if (!current) {
    for (const [key, value] of readable(vm.pending)) view.set(key, value);
    for (const key of vm.pendingDelete.keys()) view.delete(key);
  }
  return { ...typed(view), digest: digestOf(vm) };
}

/** The values at the time of a snapshot. */
export function snapshotView(vm: Vm, snapshot: ReadonlyMap<string, string>): Record<string, string | number> {
  return { ...typed(readable(snapshot)), digest: digestOf(vm) };
}

export interface PendingRow {
  key: string;
  value?: string | number;
  pending?: string | number;
  delete?: 1 | 2;
}

/** The answer of GET pending; the digest is a row like any other. */
export function pendingView(vm: Vm): PendingRow[] {
  const current = typed(readable(vm.current));
  const pending = typed(readable(vm.pending));
  const keys = new Set([...Object.keys(current), ...Object.keys(pending), ...vm.pendingDelete.keys()]);
  const rows = [...keys].map((key): PendingRow => {
    const value = current[key];
    const waits = pending[key];
    const force = vm.pendingDelete.get(key);
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(waits === undefined ? {} : { pending: waits }),
      ...(force === undefined ? {} : { delete: force ? 2 : 1 }),
    };
  });
  return [...rows, { key: "digest", value: digestOf(vm) }];
}

/** Forgets pending values equal to the current ones, and pending deletes of keys that are not set. */
export function cleanupPending(vm: Vm): void {
  for (const [key, value] of vm.pending) {
    if (vm.current.get(key) === value) vm.pending.delete(key);
  }
  for (const key of vm.pendingDelete.keys()) {
    if (!vm.current.has(key)) vm.pendingDelete.delete(key);
  }
}
