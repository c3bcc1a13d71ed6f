#!/usr/bin/env node
// The provider with a deliberate bug: it does not see that a text which waits tells a drive's size before it grew.
import { VmApi } from "../../../proxmox/api/vm-api.ts";
import { partsOf, withParts } from "../view.ts";

const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  return rows.map((row) => {
    const size = partsOf(row.key, String(row.value)).get("size");
    if (row.pending === undefined || size === undefined) return row;
    return { ...row, pending: withParts(row.key, String(row.pending), { size }) };
  });
};

await import("../../../provider/main.ts");
