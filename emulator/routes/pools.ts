import { hasAny, requireAll } from "../auth.ts";
import { splitList } from "../config-schema.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { need } from "../endpoint.ts";
import { die } from "../errors.ts";
import type { Pool } from "../estate.ts";
import { vmResource } from "../resources.ts";
import { bool, oneOf, required, text } from "../rule.ts";

function needPool(call: Call, name: string): Pool {
  const pool = call.estate.pools.get(name);
  if (pool === undefined) throw die(`pool '${name}' does not exist`);
  return pool;
}

function members(call: Call, pool: Pool): unknown[] {
  const { estate } = call;
  const vms = [...pool.vms].map((vmid) => estate.vms.get(vmid)).filter((vm) => vm !== undefined);
  const stores = [...pool.storages].map((name) => ({
    id: `storage/${name}`,
    type: "storage",
    storage: name,
  }));
  return [...vms.map((vm) => vmResource(estate, vm)), ...stores];
}

function described(call: Call, name: string, pool: Pool): Record<string, unknown> {
  const comment = pool.comment === undefined ? {} : { comment: pool.comment };
  return { poolid: name, ...comment, members: members(call, pool) };
}

function update(call: Call, name: string): null {
  const pool = needPool(call, name);
  const { params, estate } = call;
  const comment = params.get("comment");
  if (comment !== undefined) pool.comment = comment;
  const remove = params.get("delete") === "1";
  for (const vmid of splitList(params.get("vms") ?? "").map(Number)) {
    if (remove) {
      if (!pool.vms.delete(vmid)) throw die(`VM ${vmid} is not a pool member`);
      continue;
    }
    const other = [...estate.pools].find(([id, { vms }]) => id !== name && vms.has(vmid));
    if (other !== undefined) {
      if (params.get("allow-move") !== "1") throw die(`VM ${vmid} belongs already to pool '${other[0]}'`);
      other[1].vms.delete(vmid);
    }
    pool.vms.add(vmid);
  }
  for (const storage of splitList(params.get("storage") ?? "")) {
    if (remove) pool.storages.delete(storage);
    else pool.storages.add(storage);
  }
  return null;
}

const CHANGES = { comment: text, vms: text, storage: text, delete: bool, "allow-move": bool };

function allocate(name: string): (call: Call) => void {
  return (call) => requireAll(call.caller, `/pool/${call.params.get(name) ?? ""}`, ["Pool.Allocate"]);
}

export const POOLS: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/pools",
    params: { poolid: text, type: oneOf("qemu", "lxc", "storage") },
    run: (call) => {
      const asked = call.params.get("poolid");
      if (asked !== undefined) return [described(call, asked, needPool(call, asked))];
      const visible = [...call.estate.pools].filter(([name]) =>
        hasAny(call.caller, `/pool/${name}`, ["Pool.Audit", "Pool.Allocate"]),
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
    params: { type: oneOf("qemu", "lxc", "storage") },
    run: (call) => {
      const { poolid: _id, ...rest } = described(
        call,
        call.path("poolid"),
        needPool(call, call.path("poolid")),
      );
      return rest;
    },
  },
  {
    method: "POST",
    path: "/pools",
    params: { poolid: required(text), comment: text },
    allow: allocate("poolid"),
    run: (call) => {
      const name = need(call, "poolid");
      if (call.estate.pools.has(name)) throw die(`create pool failed: pool '${name}' already exists`);
      call.estate.pools.set(name, {
        comment: call.params.get("comment"),
        vms: new Set(),
        storages: new Set(),
      });
      return null;
    },
  },
  {
    method: "PUT",
    path: "/pools",
    params: { poolid: required(text), ...CHANGES },
    allow: allocate("poolid"),
    run: (call) => update(call, need(call, "poolid")),
  },
  {
    method: "PUT",
    path: "/pools/{poolid}",
    params: CHANGES,
    allow: (call) => requireAll(call.caller, `/pool/${call.path("poolid")}`, ["Pool.Allocate"]),
    run: (call) => update(call, call.path("poolid")),
  },
  {
    method: "DELETE",
    path: "/pools",
    params: { poolid: required(text) },
    allow: allocate("poolid"),
    run: (call) => {
      const name = need(call, "poolid");
      const pool = needPool(call, name);
      if (pool.vms.size > 0 || pool.storages.size > 0) {
        throw die(`delete pool failed: pool '${name}' is not empty`);
      }
      call.estate.pools.delete(name);
      return null;
    },
  },
];
