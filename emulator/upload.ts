import { createHash } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { isFileStorage, type Storage } from "./storage.ts";
import type { TaskLog } from "./tasks.ts";

/** A request that brings a file along: its fields, and what was in the file. */
export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** The order in which the server reads them; the file's own field comes last, and no other does. */
const FIELDS: readonly string[] = ["content", "checksum-algorithm", "checksum", "filename"];

/**
 * Reads a form with a file, as strictly as Proxmox's server does (pve-http-server, AnyEvent.pm).
 * @throws the API's error
 */
export async function decodeUpload(contentType: string | undefined, body: ArrayBuffer): Promise<Upload> {
  if (contentType?.startsWith("multipart/form-data") !== true) {
    throw die(`upload 'Content-Type '${contentType ?? ""}' not implemented`);
  }
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const fields: Record<string, string> = {};
  let place = -1;
  for (const [name, value] of form) {
    const next = FIELDS.indexOf(name);
    if (next <= place) throw die("upload failed");
    place = next;
    if (typeof value === "string") {
      fields[name] = value.trim();
      continue;
    }
    if (name !== "filename") throw die(`wrong field name '${name}' for file upload, expected 'filename'`);
    fields.filename = value.name.trim();
    return { fields, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  throw die("upload failed");
}

/** What a file will be called: the last part of the name, its rarer characters replaced. */
function contentFilename(name: string): string {
  return name
    .replace(/\n$/, "")
    .replace(/^.*[/\\]/, "")
    .replace(/[^a-zA-Z0-9_.-]/g, "_");
}

const EXTENSIONS: Readonly<Record<string, { readonly ends: RegExp; readonly error: string }>> = {
  iso: { ends: /[^/]+\.(?:iso|img)$/i, error: "wrong file extension" },
  vztmpl: { ends: /[^/]+\.(?:tar(?!\.)|tar\.(?:gz|xz|zst|bz2))$/i, error: "wrong file extension" },
  import: {
    ends: /^[a-zA-Z0-9\-.+=_]+\.(?:ova|qcow2|raw|vmdk)$/,
    error: "invalid filename or wrong extension",
  },
};

/** A file that is to lie on a storage. */
export interface NewContent {
  readonly storage: Storage;
  readonly volid: string;
  readonly filename: string;
  readonly path: string;
}

/**
 * Where an uploaded or downloaded file goes (pve-storage, API2/Storage/Status.pm).
 * @throws the API's error for a storage without files, a name or a kind of content that it does not take
 */
export function newContent(
  estate: Estate,
  id: string,
  content: string,
  given: string,
  words: { readonly noFiles: string; readonly noContent: string },
): NewContent {
  const storage = estate.storages.get(id);
  if (!isFileStorage(storage)) throw die(`can't upload to storage type '${storage.type}'${words.noFiles}`);
  const filename = contentFilename(given);
  const rule = EXTENSIONS[content];
  const configured = storage.content.includes(content);
  const refused = die(`storage '${id}' ${words.noContent.replace("%s", content)}`);
  // An upload looks at the name first, a download at what the storage is for.
  if (words.noFiles !== "" && !configured) throw refused;
  if (rule !== undefined && !rule.ends.test(filename)) throw paramError({ filename: rule.error });
  if (!configured) throw refused;
  const folder = content === "vztmpl" ? "template/cache" : content === "iso" ? "template/iso" : content;
  const volid = `${id}:${content}/${filename}`;
  return { storage, volid, filename, path: `/var/lib/vz/${folder}/${filename}` };
}

export interface Checksum {
  readonly algorithm: string;
  readonly expected: string;
}

export function checksumOf(params: ReadonlyMap<string, string>): Checksum | undefined {
  const algorithm = params.get("checksum-algorithm");
  const expected = params.get("checksum");
  return algorithm === undefined || expected === undefined ? undefined : { algorithm, expected };
}

/** @throws Error when the bytes are not the ones that the sum is of */
export function verifyChecksum(log: TaskLog, bytes: Uint8Array, checksum: Checksum | undefined): void {
  if (checksum === undefined) return;
  log.print("calculating checksum...");
  const got = createHash(checksum.algorithm).update(bytes).digest("hex");
  if (got !== checksum.expected.toLowerCase()) {
    throw new Error(`checksum mismatch: got '${got}' != expect '${checksum.expected}'`);
  }
  log.print("OK, checksum verified");
}

/** What `compression` names. @throws Error for what the emulator cannot */
export function decompressed(bytes: Uint8Array, compression: string | undefined): Uint8Array {
  if (compression === undefined) return bytes;
  if (compression === "gz") return gunzipSync(bytes);
  if (compression === "zst") return zstdDecompressSync(bytes);
  throw new Error(`the emulator decompresses gz and zst only (got ${compression})`);
}

/** The size of a disk that is made from the file: what its format says, not what the file takes. */
function diskSize(filename: string, bytes: Uint8Array): number {
  if (!filename.endsWith(".qcow2")) return bytes.length;
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 32 || header.getUint32(0) !== 0x51_46_49_fb)
    throw new Error("Image is not in qcow2 format");
  return Number(header.getBigUint64(24));
}

/** Puts the bytes on the storage, in place of what lay there under the name. */
export function storeContent(estate: Estate, { volid, filename }: NewContent, bytes: Uint8Array): void {
  estate.storages.add(volid, diskSize(filename, bytes), estate.clock.seconds());
}
