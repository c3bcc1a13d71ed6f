#!/usr/bin/env node
// The provider with a deliberate bug: with every change it sends each drive that it saw again.
import { VmApi } from "../../../proxmox/api/vm-api.ts";

let drives: Record<string, string> = {};
const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  const seen = rows.filter(({ key, value }) => /^(?:scsi|sata|virtio)\d+$/.test(key) && value !== undefined);
  drives = Object.fromEntries(seen.map(({ key, value }) => [key, String(value)]));
  return rows;
};
const setConfig = VmApi.prototype.setConfig;
VmApi.prototype.setConfig = function (this: VmApi, node, vmid, set, digest) {
  return setConfig.call(this, node, vmid, { ...drives, ...set }, digest);
};

await import("../../../provider/main.ts");
