import { hasAny, requireAll } from "../auth.ts";
import { checkVolumeAccess } from "../drive-access.ts";
import { type Call, type Endpoint, flagOr, need } from "../endpoint.ts";
import { ApiError, die, errorText, paramError } from "../errors.ts";
import { loopbackFetch } from "../loopback-fetch.ts";
import { integer, oneOf, type Rules, required, requires, text } from "../rule.ts";
import { contentOf, isFileStorage, ownerOf, type Storage, type Volume } from "../storage.ts";
import type { TaskLog } from "../tasks.ts";
import { checksumOf, decompressed, newContent, storeContent, verifyChecksum } from "../upload.ts";
import { auditStorage } from "./storage.ts";

const S = "/nodes/{node}/storage/{storage}";

/** A container's volumes are root directories, whatever they are called. */
function contentFor({ estate }: Call, volume: Volume): string {
  return volume.content === "images" && estate.containers.has(volume.vmid ?? 0) ? "rootdir" : volume.content;
}

function row(call: Call, volume: Volume): Record<string, string | number> {
  return {
    volid: volume.volid,
    content: contentFor(call, volume),
    format: volume.format,
    size: volume.size,
    ctime: volume.ctime,
    ...(volume.vmid === undefined ? {} : { vmid: volume.vmid }),
  };
}

function pathOf(storage: Storage, volid: string): string {
  const name = volid.slice(volid.indexOf(":") + 1);
  return isFileStorage(storage) ? `/var/lib/vz/${name}` : `/dev/pve/${name}`;
}

function mayRead(call: Call, volid: string): boolean {
  try {
    checkVolumeAccess(call.caller, undefined, volid);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

function list(call: Call): unknown[] {
  const { estate, path, params } = call;
  return [...estate.storages.get(path("storage")).volumes.values()]
    .filter((volume) => (params.get("content") ?? contentFor(call, volume)) === contentFor(call, volume))
    .filter((volume) => !params.has("vmid") || String(volume.vmid) === params.get("vmid"))
    .filter(({ volid }) => mayRead(call, volid))
    .map((volume) => row(call, volume));
}

/** A volume by its id, or by its name where the path says the storage. */
function volidOf({ path }: Call): string {
  const [id, asked] = [path("storage"), path("volume")];
  const own = asked.split(":")[0] ?? "";
  if (!asked.includes(":")) return `${id}:${asked}`;
  if (own !== id) throw paramError({ volume: `storage ID mismatch (${own} != ${id})\n` });
  return asked;
}

function info(call: Call): Record<string, string | number> {
  const { estate, path } = call;
  const volid = volidOf(call);
  checkVolumeAccess(call.caller, undefined, volid);
  const { size, format } = estate.storages.need(volid);
  return { path: pathOf(estate.storages.get(path("storage")), volid), size, used: size, format };
}

function remove(call: Call): string | null {
  const { estate, caller, path } = call;
  const id = path("storage");
  const volid = volidOf(call);
  const owner = ownerOf(volid);
  estate.storages.get(id);
  if (contentOf(volid) === "backup" && owner !== undefined) {
    requireAll(caller, `/storage/${id}`, ["Datastore.AllocateSpace"]);
    requireAll(caller, `/vms/${owner}`, ["VM.Backup"]);
  } else {
    requireAll(caller, `/storage/${id}`, ["Datastore.Allocate"]);
  }
  const subject = owner === undefined ? id : `${owner}@${id}`;
  const upid = estate.tasks.start(path("node"), "imgdel", subject, caller.user, (log) => {
    const storage = estate.storages.get(id);
    // A file that is gone is a warning; a logical volume that is gone is an error.
    if (isFileStorage(storage) && !storage.volumes.has(volid)) {
      log.print(`disk image '${pathOf(storage, volid)}' does not exist`);
    } else {
      estate.storages.need(volid);
    }
    estate.storages.free(volid);
    log.print(`Removed volume '${volid}'`);
  });
  const ended = estate.tasks.find(upid).exitstatus;
  if (!call.params.has("delay") || ended === undefined) return upid;
  if (ended === "OK") return null;
  throw die(ended);
}

const FILE: Rules = {
  content: required(oneOf("iso", "vztmpl", "import")),
  filename: required({ type: "string", maxLength: 255 }),
  checksum: requires("checksum-algorithm", text),
  "checksum-algorithm": requires("checksum", oneOf("md5", "sha1", "sha224", "sha256", "sha384", "sha512")),
};

function upload(call: Call): string {
  const { estate, caller, path, params } = call;
  const checksum = checksumOf(params);
  const words = { noFiles: "", noContent: "does not support '%s' content" };
  const bytes = call.upload;
  if (bytes === undefined) throw die("missing temporary file name");
  const target = newContent(estate, path("storage"), need(call, "content"), need(call, "filename"), words);
  return estate.tasks.start(path("node"), "imgcopy", "", caller.user, (log) => {
    verifyChecksum(log, bytes, checksum);
    log.print(`target node: ${path("node")}`);
    log.print(`target file: ${target.path}`);
    log.print(`file size is: ${bytes.length}`);
    storeContent(estate, target, bytes);
    log.print("finished file import successfully");
  });
}

function mayReachOut(call: Call): void {
  const { caller, path } = call;
  if (["Sys.Audit", "Sys.Modify"].every((privilege) => hasAny(caller, "/", [privilege]))) return;
  requireAll(caller, `/nodes/${path("node")}`, ["Sys.AccessNetwork"]);
}

async function fetchFile(call: Call, url: string, signal: AbortSignal): Promise<Uint8Array> {
  const failed = (reason: string) => new Error(`download failed: ${reason}`);
  const verify = flagOr(call, "verify-certificates", true);
  const answer = await loopbackFetch("GET", url, verify, signal).catch((error: unknown) => {
    throw failed(errorText(error));
  });
  if (answer.status !== 200) throw failed(`server answers ${answer.status}`);
  return answer.bytes;
}

function download(call: Call): string {
  const { estate, caller, path, params } = call;
  const checksum = checksumOf(params);
  const [content, url, compression] = [need(call, "content"), need(call, "url"), params.get("compression")];
  const words = {
    noFiles: ", not a file based storage!",
    noContent: "is not configured for content-type '%s'",
  };
  const target = newContent(estate, path("storage"), content, need(call, "filename"), words);
  const work = async (log: TaskLog, signal: AbortSignal) => {
    if (compression !== undefined && content !== "iso") {
      throw new Error(`decompression not supported for ${content}`);
    }
    log.print(`downloading ${url} to ${target.path}`);
    if (target.storage.volumes.has(target.volid)) {
      throw new Error(`refusing to override existing file '${target.path}'`);
    }
    const bytes = await fetchFile(call, url, signal);
    verifyChecksum(log, bytes, checksum);
    storeContent(estate, target, decompressed(bytes, compression));
    log.print(`download of '${url}' to '${target.path}' finished`);
  };
  return estate.tasks.start(path("node"), "download", target.filename, caller.user, work);
}

async function metadata(call: Call): Promise<Record<string, string | number>> {
  const url = need(call, "url");
  const answer = await loopbackFetch("HEAD", url, flagOr(call, "verify-certificates", true)).catch(
    (error: unknown) => {
      throw die(`invalid server response: '500 ${errorText(error)}'`);
    },
  );
  if (answer.status !== 200) throw die(`invalid server response: '${answer.status}'`);
  const disposition = answer.headers["content-disposition"] ?? "";
  const named = /filename="([^"]*)"/.exec(disposition) ?? /filename=([^;]*)/.exec(disposition);
  const filename = (named ?? /^[^?]+\/([^?/]*)(?:\?.*)?$/.exec(url))?.[1] ?? "";
  const size = Number(answer.headers["content-length"] ?? 0);
  const mimetype = answer.headers["content-type"]?.split(";")[0] ?? "";
  return {
    ...(filename === "" ? {} : { filename }),
    ...(size === 0 ? {} : { size }),
    ...(mimetype === "" ? {} : { mimetype }),
  };
}

const URL_RULES: Rules = {
  url: required({ type: "string", pattern: /^(?:https?:\/\/.*)$/ }),
  "verify-certificates": { type: "boolean" },
};

/** What lies on storages (pve-storage, API2/Storage/Content.pm and Status.pm; pve-manager, API2/Nodes.pm). */
export const STORAGE_CONTENT: readonly Endpoint[] = [
  {
    method: "GET",
    path: `${S}/content`,
    params: {
      content: oneOf("images", "iso", "vztmpl", "backup", "snippets", "import", "rootdir"),
      vmid: integer(100),
    },
    allow: auditStorage,
    run: list,
  },
  { method: "GET", path: `${S}/content/{volume*}`, run: info },
  { method: "DELETE", path: `${S}/content/{volume*}`, params: { delay: integer(1, 30) }, run: remove },
  {
    method: "POST",
    path: `${S}/upload`,
    params: FILE,
    allow: ({ caller, path }) =>
      requireAll(caller, `/storage/${path("storage")}`, ["Datastore.AllocateTemplate"]),
    run: upload,
  },
  {
    method: "POST",
    path: `${S}/download-url`,
    params: { ...FILE, ...URL_RULES, compression: oneOf("gz", "lzo", "zst", "bz2") },
    allow: (call) => {
      requireAll(call.caller, `/storage/${call.path("storage")}`, ["Datastore.AllocateTemplate"]);
      mayReachOut(call);
    },
    run: download,
  },
  {
    method: "GET",
    path: "/nodes/{node}/query-url-metadata",
    params: URL_RULES,
    allow: mayReachOut,
    run: metadata,
  },
];
