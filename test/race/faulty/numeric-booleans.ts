#!/usr/bin/env node
// The provider with a deliberate bug: it reads a boolean as a number, so that a typed yes counts as false.
import { VmApi } from "../../../proxmox/api/vm-api.ts";

const typed = /\b(backup|firewall|iothread)=(?:on|yes)\b/g;
const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  const read = (text: string | number) => String(text).replaceAll(typed, "$1=0");
  return rows.map(({ value, pending: next, ...row }) => ({
    ...row,
    ...(value !== undefined && { value: read(value) }),
    ...(next !== undefined && { pending: read(next) }),
  }));
};

await import("../../../provider/main.ts");
