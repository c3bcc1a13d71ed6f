/**
 * Proxmox's rules for writing one VM's configuration, as few as the planner's tests need, and on purpose without
 * a line of `proxmox/`: an independent witness. It does not know storages, permissions or detaching.
 */

export interface Request {
  readonly kind: "config" | "resize";
  readonly set?: Readonly<Record<string, string>>;
  readonly delete?: readonly string[];
  readonly slot?: string;
  readonly size?: string;
}

const drive = /^(?:scsi|virtio|sata|ide)\d+$/;
const nic = /^net\d+$/;
const blocking = ["aio", "discard", "iothread", "queues", "product", "cache", "ssd", "vendor", "ro"];
const pluggedNicKeys = ["virtio", "e1000", "queues", "mtu"];
const instant = [
  "name",
  "description",
  "tags",
  "onboot",
  "protection",
  "startup",
  "ciuser",
  "ipconfig0",
  "cpulimit",
];
const booleans = [
  "iothread",
  "ssd",
  "backup",
  "replicate",
  "ro",
  "shared",
  "detect_zeroes",
  "snapshot",
  "scsiblock",
];

/** Parts of a drive or network device; the volume is the part named "". */
export function partsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(",")
      .map((part) =>
        part.includes("=") ? [part.split("=")[0] ?? "", part.slice(part.indexOf("=") + 1)] : ["", part],
      ),
  );
}

function print(parts: ReadonlyMap<string, string>): string {
  const names = [...parts.keys()].filter((name) => name !== "").sort((a, b) => (a < b ? -1 : 1));
  return [
    ...(parts.has("") ? [parts.get("")] : []),
    ...names.map((name) => `${name}=${parts.get(name)}`),
  ].join(",");
}

/** A drive's text as Proxmox stores it. */
export function stored(text: string): string {
  const parts = partsOf(text);
  for (const name of booleans) {
    const value = parts.get(name);
    if (value !== undefined) parts.set(name, /^(?:1|on|yes|true)$/i.test(value) ? "1" : "0");
  }
  return print(parts);
}

/** One VM: what QEMU was started with, what waits, and how big its volumes really are, in GiB. */
export class ProxmoxModel {
  readonly vmid = 100;
  readonly current = new Map<string, string>();
  readonly pending = new Map<string, string>();
  readonly pendingDeletes = new Set<string>();
  readonly sizes = new Map<string, number>();
  running: boolean;
  writes = 0;

  constructor(running: boolean) {
    this.running = running;
  }

  /** Rows of GET pending. */
  rows(): { key: string; value?: string; pending?: string; delete?: number }[] {
    const keys = new Set([...this.current.keys(), ...this.pending.keys()]);
    const rows = [...keys].map((key) => ({
      key,
      ...(this.current.has(key) && { value: this.current.get(key) ?? "" }),
      ...(this.pending.has(key) && { pending: this.pending.get(key) ?? "" }),
      ...(this.pendingDeletes.has(key) && { delete: 1 }),
    }));
    return [...rows, { key: "digest", value: `digest-${this.writes}` }];
  }

  /** What a key will be at the next cold start. */
  upcoming(key: string): string | undefined {
    return this.pendingDeletes.has(key) ? undefined : (this.pending.get(key) ?? this.current.get(key));
  }

  send(request: Request): void {
    this.writes += 1;
    if (request.kind === "resize") this.#resize(request.slot ?? "", request.size ?? "");
    else this.#put(request.set ?? {}, request.delete ?? []);
  }

  /** A cold stop and start, or a start. */
  coldStart(): void {
    this.#applyAll();
    this.running = true;
  }

  #put(set: Readonly<Record<string, string>>, gone: readonly string[]): void {
    if (Object.keys(set).length === 0 && gone.length === 0) throw new Error("no options specified");
    for (const key of gone) this.#delete(key, set);
    for (const [key, text] of Object.entries(set)) {
      this.pendingDeletes.delete(key);
      // Proxmox skips what is as it waits already: a drive's size is not measured anew then.
      if (this.pending.get(key) === (drive.test(key) ? stored(text) : text)) continue;
      this.pending.set(key, drive.test(key) ? this.#storedDrive(key, text) : text);
      if (this.pending.get(key) === this.current.get(key)) this.pending.delete(key);
    }
    if (!this.running) {
      this.#applyAll();
      return;
    }
    for (const key of [...this.pending.keys()]) {
      if (instant.includes(key) || (key in set && this.#isHot(key))) this.#apply(key);
    }
  }

  #delete(key: string, set: Readonly<Record<string, string>>): void {
    if (drive.test(key) || nic.test(key)) throw new Error(`${key}: deleted what holds data or is a device`);
    if (key in set) throw new Error(`you can't use '-${key}' and '-delete ${key}' at the same time`);
    this.pending.delete(key);
    if (!this.current.has(key)) return;
    const isLive = instant.includes(key) || (key === "balloon" && this.current.get(key) !== "0");
    if (isLive) this.current.delete(key);
    else this.pendingDeletes.add(key);
  }

  #storedDrive(slot: string, text: string): string {
    const parts = partsOf(stored(text));
    const volume = parts.get("") ?? "";
    const allocation = /^([\w-]+):(\d+(?:\.\d+)?)$/.exec(volume);
    if (allocation) {
      if (this.current.has(slot) || this.pending.has(slot))
        throw new Error(`${slot}: allocated over ${this.upcoming(slot)}`);
      parts.set("", `${allocation[1]}:vm-${this.vmid}-disk-${this.sizes.size}`);
      this.sizes.set(parts.get("") ?? "", Number(allocation[2]));
    } else if (!new RegExp(`:vm-${this.vmid}-`).test(volume))
      throw new Error(`${slot}: wrote a foreign volume ${volume}`);
    const before = this.upcoming(slot);
    if (before !== undefined && partsOf(before).get("") !== volume)
      throw new Error(`${slot}: swapped its volume`);
    parts.set("size", `${this.sizes.get(parts.get("") ?? "")}G`);
    return print(parts);
  }

  #isHot(key: string): boolean {
    const before = this.current.get(key);
    const after = this.pending.get(key) ?? "";
    const features = this.current.get("hotplug") ?? "network,disk,usb";
    const same = (names: readonly string[]) =>
      names.every((name) => partsOf(before ?? "").get(name) === partsOf(after).get(name));
    if (drive.test(key))
      return before === undefined ? /^[sv][ci]/.test(key) && features.includes("disk") : same(blocking);
    if (nic.test(key)) return (before !== undefined && same(pluggedNicKeys)) || features.includes("network");
    if (key === "agent") {
      // One that is off has no properties, and a bare 0 is none.
      const [old, next] = [before ?? "", after].map((text) => {
        const parts = partsOf(text);
        parts.delete("fstrim_cloned_disks");
        return parts.get("") === "1" ? print(parts) : "";
      });
      return before !== undefined && before !== "0" && old === next;
    }
    if (key === "hotplug") return !/cpu|memory/.test(`${before} ${after}`);
    return key === "balloon" && (before === "0") === (after === "0");
  }

  #resize(slot: string, size: string): void {
    const text = this.current.get(slot);
    if (text === undefined) throw new Error(`disk '${slot}' does not exist`);
    const parts = partsOf(text);
    const volume = parts.get("") ?? "";
    const gib = Number(/^(\d+)G$/.exec(size)?.[1]);
    if (!(gib > (this.sizes.get(volume) ?? 0))) throw new Error("shrinking disks is not supported");
    this.sizes.set(volume, gib);
    this.current.set(slot, print(parts.set("size", size)));
  }

  #apply(key: string): void {
    this.current.set(key, this.pending.get(key) ?? "");
    this.pending.delete(key);
  }

  #applyAll(): void {
    for (const key of this.pendingDeletes) this.current.delete(key);
    this.pendingDeletes.clear();
    for (const key of [...this.pending.keys()]) this.#apply(key);
  }
}
