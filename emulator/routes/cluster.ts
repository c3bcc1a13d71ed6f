import { hasAny, requireAll } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { die, paramError } from "../errors.ts";
import { holderOf } from "../estate.ts";
import { guestResources, nodeResource, storageResource } from "../resources.ts";
import { integer, oneOf } from "../rule.ts";
import { digestOf } from "../vm.ts";

const CLUSTER_NAME = "emulated";

/** One node alone is no cluster, and has the id 0. */
function status({ estate }: Call): unknown[] {
  const names = [...estate.nodes.keys()];
  const cluster = {
    type: "cluster",
    id: "cluster",
    name: CLUSTER_NAME,
    nodes: names.length,
    quorate: 1,
    version: names.length,
  };
  const nodes = names.map((name, index) => ({
    type: "node",
    id: `node/${name}`,
    name,
    nodeid: names.length === 1 ? 0 : index + 1,
    ip: "127.0.0.1",
    local: index === 0 ? 1 : 0,
    online: 1,
    level: "",
  }));
  return names.length === 1 ? nodes : [cluster, ...nodes];
}

/** An HA resource as pve-ha-manager reads it; a VM that a seed calls managed is one that shall run. */
function haResource({ estate, path }: Call): Record<string, string> {
  const sid = path("sid").includes(":") ? path("sid") : `vm:${path("sid")}`;
  const vm = estate.vms.get(Number(/^vm:(\d+)$/.exec(sid)?.[1]));
  if (vm?.haManaged !== true) throw die(`no such resource '${sid}'`);
  return { sid, type: "vm", state: "started", digest: digestOf(vm) };
}

function resources({ estate, caller, params }: Call): unknown[] {
  const asked = params.get("type");
  const wants = (type: string) => asked === undefined || asked === type;
  const guests = guestResources(estate).filter(({ vmid }) => hasAny(caller, `/vms/${vmid}`, ["VM.Audit"]));
  const nodes = [...estate.nodes.values()];
  const stores = [...estate.storages.all.values()].filter(({ name }) =>
    hasAny(caller, `/storage/${name}`, ["Datastore.Audit"]),
  );
  return [
    ...(wants("vm") ? guests.map(({ row }) => row()) : []),
    ...(wants("node") ? nodes.map((node) => nodeResource(estate, node)) : []),
    ...(wants("storage")
      ? nodes.flatMap((node) => stores.map((storage) => storageResource(node.name, storage)))
      : []),
  ];
}

function nextId({ estate, params }: Call): string {
  const asked = params.get("vmid");
  if (asked !== undefined) {
    if (holderOf(estate, Number(asked)) !== undefined)
      throw paramError({ vmid: `VM ${asked} already exists` });
    return asked;
  }
  let free = 100;
  while (holderOf(estate, free) !== undefined) free += 1;
  return String(free);
}

/** The cluster as a whole (pve-manager, API2/Cluster.pm and API2/Cluster/BackupInfo.pm). */
export const CLUSTER: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/cluster/status",
    allow: ({ caller }) => requireAll(caller, "/", ["Sys.Audit"]),
    run: status,
  },
  {
    method: "GET",
    path: "/cluster/backup-info/not-backed-up",
    allow: ({ caller }) => requireAll(caller, "/", ["Sys.Audit"]),
    // There are no backup jobs.
    run: ({ estate, caller }) =>
      guestResources(estate)
        .filter(({ vmid }) => hasAny(caller, `/vms/${vmid}`, ["VM.Audit"]))
        .map(({ row }) => row())
        .map(({ vmid, type, name }) => ({ vmid, type, name })),
  },
  {
    method: "GET",
    path: "/cluster/ha/resources/{sid}",
    allow: ({ caller }) => requireAll(caller, "/", ["Sys.Audit"]),
    run: haResource,
  },
  {
    method: "GET",
    path: "/cluster/config/qdevice",
    allow: ({ caller }) => requireAll(caller, "/", ["Sys.Audit"]),
    run: () => ({}),
  },
  {
    method: "GET",
    path: "/cluster/resources",
    params: { type: oneOf("vm", "storage", "node", "sdn") },
    run: resources,
  },
  {
    method: "GET",
    path: "/cluster/nextid",
    params: { vmid: integer(100, 999999999) },
    run: nextId,
  },
];
