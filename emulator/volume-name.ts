import { die } from "./errors.ts";
import { contentOf, formatOf, isFileStorage, type Storages } from "./storage.ts";
import { storageOfVolumeId } from "./text-formats.ts";

/** What a storage reads out of a volume's name. */
interface VolumeName {
  /** `images`, `iso` and so on. */
  readonly content: string;
  readonly format: string;
}

function fileName(volid: string, name: string): VolumeName {
  const image = /^\d+\/(?:(\S+)\/\d+\/)?(\S+)$/.exec(name);
  if (image !== null) {
    for (const file of [image[1], image[2]]) {
      if (file !== undefined && !/^[^/\s]+\.(?:raw|qcow2|vmdk|subvol)$/.test(file)) {
        throw die(`unable to parse volume filename '${file}'`);
      }
    }
    return { content: "images", format: formatOf(volid) };
  }
  const isKnown =
    /^iso\/[^/]+\.(?:iso|img)$/i.test(name) ||
    /^vztmpl\/[^/]+\.tar(?:\.(?:gz|xz|zst|bz2))?$/i.test(name) ||
    /^backup\/[^/]+\.(?:tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/.test(name) ||
    /^snippets\/[^/]+$/.test(name) ||
    /^import\/[ a-zA-Z0-9\-.+=_]+(?:\.ova\/[ a-zA-Z0-9\-.+=_]+\.(?:qcow2|raw|vmdk)|\.(?:ova|ovf|qcow2|raw|vmdk))$/.test(
      name,
    );
  if (!isKnown) throw die(`unable to parse directory volume name '${name}'`);
  const content = contentOf(volid);
  return { content, format: content === "import" ? formatOf(volid) : "raw" };
}

function lvmName(name: string): VolumeName {
  if (!/^[a-z0-9][a-z0-9\-_.]*[a-z0-9]$/i.test(name)) {
    throw die(`lvm name '${name}' contains illegal characters`);
  }
  if (!/^(?:vm|base)-\d+-\S+$/.test(name)) throw die(`unable to parse lvm volume name '${name}'`);
  return { content: "images", format: "raw" };
}

/**
 * Reads a volume's name as the plugin of its storage does (pve-storage, `parse_volname`): by folder on a file
 * storage, else as the name of a logical volume.
 * @returns undefined for what names no storage, such as a path or `none`
 * @throws the API's error for a storage that does not exist, and for a name that it cannot hold
 */
export function parseVolumeName(storages: Storages, volid: string): VolumeName | undefined {
  const storage = storageOfVolumeId(volid);
  if (storage === undefined) return undefined;
  const name = volid.slice(storage.length + 1);
  const found = storages.get(storage);
  if (isFileStorage(found)) return fileName(volid, name);
  // Of the other block storages no more is looked at than that the volume exists.
  return /^lvm/.test(found.type) ? lvmName(name) : { content: "images", format: "raw" };
}
