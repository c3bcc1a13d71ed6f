import { die } from "./errors.ts";

export interface Volume {
  readonly volid: string;
  /** Bytes. */
  size: number;
  readonly format: string;
  readonly content: string;
  /** The VM that owns it. */
  readonly vmid: number | undefined;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** By the name of a snapshot, the size that the volume had then. */
  readonly snapshots: Map<string, number>;
}

export interface Storage {
  readonly name: string;
  readonly type: string;
  readonly content: readonly string[];
  /** Bytes. */
  readonly total: number;
  readonly shared: boolean;
  readonly volumes: Map<string, Volume>;
}

const FILE_TYPES: readonly string[] = ["dir", "nfs", "cifs", "btrfs"];

export function isFileStorage(storage: Storage): boolean {
  return FILE_TYPES.includes(storage.type);
}

/** The storage's id in front of a volume id; undefined for a path, `none` or `cdrom`. */
export function storageIdOf(volid: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9\-_.]*):.+$/.exec(volid)?.[1];
}

/**
 * Who owns a volume, as the storages' `parse_volname` tell it: on file storages the folder, whatever the file is
 * called, elsewhere the name; of a linked clone not its base, whose name stands first. A LUN is nobody's.
 */
export function ownerOf(volid: string): number | undefined {
  if (storageIdOf(volid) === undefined) return undefined;
  const name = volid.slice(volid.indexOf(":") + 1);
  if (contentOf(volid) !== "images") {
    const backedUp = /^backup\/vzdump-(?:openvz|lxc|qemu)-(\d+)-./.exec(name)?.[1];
    return backedUp === undefined ? undefined : Number(backedUp);
  }
  const [, owner, ofClone] = /^(\d+)\/[^/]+(?:\/(\d+)\/[^/]+)?$/.exec(name) ?? [];
  const byName = /^(?:(?:base|basevol)-\d+-[^/]+\/)?(?:vm|base|subvol|basevol)-(\d+)-[^/]+$/.exec(name)?.[1];
  const vmid = ofClone ?? owner ?? byName;
  return vmid === undefined ? undefined : Number(vmid);
}

/** What kind of content a volume is, told by its name. */
export function contentOf(volid: string): string {
  const folder = /:(iso|vztmpl|backup|snippets|import)\//.exec(volid)?.[1];
  return folder ?? "images";
}

/** The volume's format: by file extension on file storages, raw on block storages. */
export function formatOf(volid: string): string {
  return /\.(qcow2|vmdk|raw|iso|img|subvol)$/.exec(volid)?.[1] ?? "raw";
}

export class Storages {
  readonly all = new Map<string, Storage>();

  /** @throws the API's error when there is no such storage */
  get(name: string): Storage {
    const storage = this.all.get(name);
    if (storage === undefined) throw die(`storage '${name}' does not exist`);
    return storage;
  }

  find(volid: string): Volume | undefined {
    return this.all.get(storageIdOf(volid) ?? "")?.volumes.get(volid);
  }

  /** @throws the API's error when the volume does not exist */
  need(volid: string): Volume {
    const storage = this.get(storageIdOf(volid) ?? volid);
    const volume = storage.volumes.get(volid);
    if (volume !== undefined) return volume;
    if (isFileStorage(storage)) throw die(`volume '${volid}' does not exist`);
    throw die(`no such logical volume pve/${volid.slice(volid.indexOf(":") + 1)}`);
  }

  /** Registers a volume under a given name. */
  add(volid: string, size: number, ctime: number): Volume {
    const volume: Volume = {
      volid,
      size,
      format: formatOf(volid),
      content: contentOf(volid),
      vmid: ownerOf(volid),
      ctime,
      snapshots: new Map(),
    };
    this.get(storageIdOf(volid) ?? volid).volumes.set(volid, volume);
    return volume;
  }

  free(volid: string): void {
    this.all.get(storageIdOf(volid) ?? "")?.volumes.delete(volid);
  }

  /** The lowest `vm-N-disk-M` that is free on the storage, detached volumes counted. */
  nextDiskName(storage: Storage, vmid: number, format: string, prefix = "vm"): string {
    const taken = new Set<number>();
    for (const volume of storage.volumes.values()) {
      const number = new RegExp(`(?:vm|base)-${vmid}-disk-(\\d+)`).exec(volume.volid)?.[1];
      if (number !== undefined) taken.add(Number(number));
    }
    let free = 0;
    while (taken.has(free)) free += 1;
    return this.#named(storage, vmid, `${prefix}-${vmid}-disk-${free}`, format);
  }

  cloudInitName(storage: Storage, vmid: number, format: string): string {
    return this.#named(storage, vmid, `vm-${vmid}-cloudinit`, format);
  }

  /** Every disk of a VM, also of one that is in no config. */
  ownedBy(vmid: number): readonly Volume[] {
    return [...this.all.values()].flatMap((storage) =>
      [...storage.volumes.values()].filter(
        ({ content, vmid: owner }) => content === "images" && owner === vmid,
      ),
    );
  }

  #named(storage: Storage, vmid: number, name: string, format: string): string {
    return isFileStorage(storage) ? `${storage.name}:${vmid}/${name}.${format}` : `${storage.name}:${name}`;
  }
}
