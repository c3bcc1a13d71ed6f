#!/usr/bin/env node
// The provider with a deliberate bug: it takes what waits for a cold start for what is.
import { VmApi } from "../../../proxmox/api/vm-api.ts";

const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  return rows
    .filter((row) => row.delete === undefined)
    .map(({ pending: waiting, ...row }) => (waiting === undefined ? row : { ...row, value: waiting }));
};

await import("../../../provider/main.ts");
