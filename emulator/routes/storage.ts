import { createHash } from "node:crypto";
import { hasAny, requireAll, requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { paramError } from "../errors.ts";
import { bool, text } from "../rule.ts";
import { isFileStorage, type Storage } from "../storage.ts";
import { splitList } from "../text-formats.ts";

function usage(storage: Storage): Record<string, string | number> {
  const used = [...storage.volumes.values()].reduce((sum, volume) => sum + volume.size, 0);
  const taken = Math.min(used, storage.total);
  return {
    type: storage.type,
    content: storage.content.join(","),
    enabled: 1,
    active: 1,
    shared: storage.shared ? 1 : 0,
    total: storage.total,
    used: taken,
    avail: storage.total - taken,
  };
}

const LOOK = ["Datastore.Audit", "Datastore.AllocateSpace"];

/** @throws the API's 403 unless the caller may look at the storage */
export function auditStorage(call: Call): void {
  requireAny(call.caller, `/storage/${call.path("storage")}`, LOOK);
}

function list({ estate, caller, params }: Call): unknown[] {
  const only = params.get("storage");
  const wanted = splitList(params.get("content") ?? "");
  const target = params.get("target");
  if (only !== undefined && !estate.storages.all.has(only)) throw paramError({ storage: "No such storage." });
  return [...estate.storages.all.values()]
    .filter(({ name }) => hasAny(caller, `/storage/${name}`, LOOK) && (only ?? name) === name)
    .filter(({ content }) => wanted.length === 0 || wanted.some((kind) => content.includes(kind)))
    .filter(({ shared }) => target === undefined || shared)
    .map((storage) => {
      const row = usage(storage);
      return { storage: storage.name, ...row, used_fraction: Number(row.used) / storage.total };
    });
}

/** The storage's part of the cluster's storage.cfg; what a seed does not say is what an installation makes. */
function configOf(call: Call, storage: Storage): Record<string, string | number> {
  const all = [...call.estate.storages.all.values()].map(({ name, type, content }) => [name, type, content]);
  return {
    storage: storage.name,
    type: storage.type,
    content: storage.content.join(","),
    digest: createHash("sha1").update(JSON.stringify(all)).digest("hex"),
    ...(storage.shared ? { shared: 1 } : {}),
    ...(isFileStorage(storage) ? { path: "/var/lib/vz" } : {}),
    ...(storage.type === "lvmthin" ? { vgname: "pve", thinpool: "data" } : {}),
  };
}

/** Storages and their configuration (pve-storage, API2/Storage/Status.pm and Config.pm). */
export const STORAGE: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/storage",
    params: { type: text },
    run: (call) =>
      [...call.estate.storages.all.values()]
        .filter(({ name }) => hasAny(call.caller, `/storage/${name}`, LOOK))
        .filter(({ type }) => (call.params.get("type") ?? type) === type)
        .map((storage) => configOf(call, storage)),
  },
  {
    method: "GET",
    path: "/storage/{storage}",
    allow: ({ caller, path }) => requireAll(caller, `/storage/${path("storage")}`, ["Datastore.Allocate"]),
    run: (call) => configOf(call, call.estate.storages.get(call.path("storage"))),
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage",
    params: { content: text, enabled: bool, format: bool, storage: text, target: text },
    run: list,
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/status",
    allow: auditStorage,
    run: ({ estate, path }) => usage(estate.storages.get(path("storage"))),
  },
];
