import { hasAny, requireAll, requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { flag, need } from "../endpoint.ts";
import { die, errorText } from "../errors.ts";
import { holderOf, type Pool } from "../estate.ts";
import { guestResources, storageResource } from "../resources.ts";
import { bool, oneOf, required, text } from "../rule.ts";
import { splitList } from "../text-formats.ts";

type Pools = Map<string, Pool>;

const memberType = oneOf("qemu", "lxc", "storage");

function needPool(pools: Pools, name: string): Pool {
  const pool = pools.get(name);
  if (pool === undefined) throw die(`pool '${name}' does not exist`);
  return pool;
}

function described({ estate, params }: Call, name: string): Record<string, unknown> {
  const pool = needPool(estate.pools, name);
  const asked = params.get("type");
  const node = [...estate.nodes.keys()][0] ?? "";
  const guests = guestResources(estate).filter(({ vmid }) => pool.vms.has(vmid));
  const stores = [...pool.storages].sort().flatMap((id) => estate.storages.all.get(id) ?? []);
  const members = [
    ...guests.map(({ row }) => row()),
    ...stores.map((storage) => storageResource(node, storage)),
  ].filter(({ type }) => asked === undefined || asked === type);
  return { poolid: name, ...(pool.comment === undefined ? {} : { comment: pool.comment }), members };
}

/** Changes the file of pools: all of it or, when anything fails, nothing. Even a missing privilege is a 500 here. */
function write(call: Call, failure: string, work: (pools: Pools) => void): null {
  const { pools } = call.estate;
  const draft: Pools = new Map(
    [...pools].map(([id, pool]) => [
      id,
      { ...pool, vms: new Set(pool.vms), storages: new Set(pool.storages) },
    ]),
  );
  try {
    work(draft);
  } catch (error) {
    throw die(`${failure}: ${errorText(error)}`);
  }
  pools.clear();
  for (const [id, pool] of draft) pools.set(id, pool);
  return null;
}

/** Proxmox calls a container a VM here too. */
function moveGuest(call: Call, pools: Pools, name: string, vmid: number): void {
  requireAny(call.caller, `/vms/${vmid}`, ["Permissions.Modify", "VM.Allocate"]);
  const { vms } = needPool(pools, name);
  if (flag(call, "delete")) {
    if (!vms.delete(vmid)) throw die(`VM ${vmid} is not a pool member`);
    return;
  }
  if (vms.has(vmid)) throw die(`VM ${vmid} is already a pool member`);
  const other = [...pools].find(([, pool]) => pool.vms.has(vmid));
  if (other !== undefined) {
    if (!flag(call, "allow-move")) {
      throw die(`VM ${vmid} belongs already to pool '${other[0]}' and 'allow-move' is not set`);
    }
    requireAll(call.caller, `/pool/${other[0]}`, ["Pool.Allocate"]);
    other[1].vms.delete(vmid);
  }
  vms.add(vmid);
}

function moveStorage(call: Call, pools: Pools, name: string, id: string): void {
  requireAny(call.caller, `/storage/${id}`, ["Permissions.Modify", "Datastore.Allocate"]);
  const { storages } = needPool(pools, name);
  if (flag(call, "delete")) {
    if (!storages.delete(id)) throw die(`Storage '${id}' is not a pool member`);
    return;
  }
  if (storages.has(id)) throw die(`Storage '${id}' is already a pool member`);
  storages.add(id);
}

function update(call: Call, name: string): null {
  const listed = (key: string) => splitList(call.params.get(key) ?? "");
  return write(call, "update pools failed", (pools) => {
    const pool = needPool(pools, name);
    pool.comment = call.params.get("comment") ?? pool.comment;
    for (const vmid of listed("vms")) moveGuest(call, pools, name, Number(vmid));
    for (const id of listed("storage")) moveStorage(call, pools, name, id);
  });
}

function create(call: Call): null {
  const name = need(call, "poolid");
  return write(call, "create pool failed", (pools) => {
    if (pools.has(name)) throw die(`pool '${name}' already exists`);
    pools.set(name, { comment: call.params.get("comment"), vms: new Set(), storages: new Set() });
  });
}

function remove(call: Call, name: string): null {
  return write(call, "delete pool failed", (pools) => {
    const { vms, storages } = needPool(pools, name);
    const guest = [...vms].sort().find((vmid) => holderOf(call.estate, vmid) !== undefined);
    if (guest !== undefined) throw die(`pool '${name}' is not empty (contains VM ${guest})`);
    const storage = [...storages].sort().find((id) => call.estate.storages.all.has(id));
    if (storage !== undefined) throw die(`pool '${name}' is not empty (contains storage '${storage}')`);
    pools.delete(name);
  });
}

const CHANGES = { comment: text, vms: text, storage: text, delete: bool, "allow-move": bool };

function allocate(call: Call): void {
  const name = call.path("poolid") || call.params.get("poolid");
  requireAll(call.caller, `/pool/${name ?? ""}`, ["Pool.Allocate"]);
}

/** Pools (pve-manager, API2/Pool.pm). */
export const POOLS: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/pools",
    params: { poolid: text, type: memberType },
    run: (call) => {
      const asked = call.params.get("poolid");
      if (asked !== undefined) return [described(call, asked)];
      const visible = [...call.estate.pools].filter(([name]) =>
        hasAny(call.caller, `/pool/${name}`, ["Pool.Audit"]),
      );
      return visible.map(([poolid, { comment }]) => ({
        poolid,
        ...(comment === undefined ? {} : { comment }),
      }));
    },
  },
  {
    method: "GET",
    path: "/pools/{poolid}",
    params: { type: memberType },
    allow: (call) => requireAll(call.caller, `/pool/${call.path("poolid")}`, ["Pool.Audit"]),
    run: (call) => described(call, call.path("poolid")),
  },
  {
    method: "POST",
    path: "/pools",
    params: { poolid: required(text), comment: text },
    allow: allocate,
    run: create,
  },
  {
    method: "PUT",
    path: "/pools",
    params: { poolid: required(text), ...CHANGES },
    allow: allocate,
    run: (call) => update(call, need(call, "poolid")),
  },
  {
    method: "PUT",
    path: "/pools/{poolid}",
    params: CHANGES,
    allow: allocate,
    run: (call) => update(call, call.path("poolid")),
  },
  {
    method: "DELETE",
    path: "/pools",
    params: { poolid: required(text) },
    allow: allocate,
    run: (call) => remove(call, need(call, "poolid")),
  },
  {
    method: "DELETE",
    path: "/pools/{poolid}",
    allow: allocate,
    run: (call) => remove(call, call.path("poolid")),
  },
];
