#!/usr/bin/env node
// The provider with a deliberate bug: where one option must be absent it deletes others of which the same could be said.
import { VmApi } from "../../../proxmox/api/vm-api.ts";

let there: string[] = [];
const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  there = rows.map(({ key }) => key).filter((key) => ["cpulimit", "description", "onboot"].includes(key));
  return rows;
};
const removeOptions = VmApi.prototype.removeOptions;
VmApi.prototype.removeOptions = function (this: VmApi, node, vmid, options, set, digest) {
  return removeOptions.call(this, node, vmid, [...new Set([...options, ...there])], set, digest);
};

await import("../../../provider/main.ts");
