#!/usr/bin/env node
// The provider with a deliberate bug: its writes do not say which state they were decided on.
import { ProxmoxClient } from "../../../proxmox/api/client.ts";

const put = ProxmoxClient.prototype.put;
ProxmoxClient.prototype.put = function (this: ProxmoxClient, path, { digest: _digest, ...body }) {
  return put.call(this, path, body);
};

await import("../../../provider/main.ts");
