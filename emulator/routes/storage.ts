import { requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { die } from "../errors.ts";
import { bool, integer, oneOf, text } from "../rule.ts";
import type { Storage, Volume } from "../storage.ts";
import { isFileStorage } from "../storage.ts";

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

function row(volume: Volume): Record<string, string | number> {
  return {
    volid: volume.volid,
    content: volume.content,
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

const AUDIT = ["Datastore.Audit", "Datastore.AllocateSpace"];

function audit(call: Call): void {
  requireAny(call.caller, `/storage/${call.path("storage")}`, AUDIT);
}

export const STORAGE: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/storage",
    params: { content: text, enabled: bool, format: bool, storage: text, target: text },
    run: ({ estate, params }) => {
      const content = params.get("content");
      const only = params.get("storage");
      return [...estate.storages.all.values()]
        .filter((storage) => only === undefined || storage.name === only)
        .filter((storage) => content === undefined || storage.content.includes(content))
        .map((storage) => ({ storage: storage.name, ...usage(storage) }));
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/status",
    allow: audit,
    run: ({ estate, path }) => usage(estate.storages.get(path("storage"))),
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content",
    params: {
      content: oneOf("images", "iso", "vztmpl", "backup", "snippets", "import", "rootdir"),
      vmid: integer(100),
    },
    allow: audit,
    run: ({ estate, path, params }) =>
      [...estate.storages.get(path("storage")).volumes.values()]
        .filter((volume) => !params.has("content") || volume.content === params.get("content"))
        .filter((volume) => !params.has("vmid") || String(volume.vmid) === params.get("vmid"))
        .map(row),
  },
  {
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content/{volume*}",
    allow: audit,
    run: ({ estate, path }) => {
      const storage = estate.storages.get(path("storage"));
      const asked = path("volume");
      const volid = asked.includes(":") ? asked : `${storage.name}:${asked}`;
      if (!volid.startsWith(`${storage.name}:`)) throw die("volume does not belong to the storage");
      const { size, format } = estate.storages.need(volid);
      return { path: pathOf(storage, volid), size, used: size, format };
    },
  },
];
