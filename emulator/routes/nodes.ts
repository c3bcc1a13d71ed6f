import { requireAll } from "../auth.ts";
import type { Endpoint } from "../endpoint.ts";
import { findNode } from "../estate.ts";
import { QEMU_VERSION } from "../qemu.ts";
import { nodeResource } from "../resources.ts";
import { integer } from "../rule.ts";

const KERNEL = "6.17.2-1-pve";

export const NODES: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/nodes",
    run: ({ estate }) =>
      [...estate.nodes.values()].map((node) => ({
        ...nodeResource(estate, node),
        ssl_fingerprint: estate.fingerprint,
      })),
  },
  {
    method: "GET",
    path: "/nodes/{node}/status",
    allow: (call) => requireAll(call.caller, `/nodes/${call.path("node")}`, ["Sys.Audit"]),
    run: ({ estate, path }) => {
      const node = findNode(estate, path("node"));
      const used = Math.trunc(node.memory * 0.7);
      return {
        uptime: estate.clock.seconds() - estate.bootedAt,
        cpu: 0.1,
        wait: 0,
        loadavg: ["1.40", "1.32", "1.28"],
        kversion: `Linux ${KERNEL}`,
        pveversion: `pve-manager/9.1.11/4d4e2b3f7b1c8a60`,
        cpuinfo: { cpus: node.cores, cores: node.cores / 2, sockets: 1, model: `QEMU ${QEMU_VERSION} host` },
        memory: { total: node.memory, used, free: node.memory - used, available: node.memory - used },
      };
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/subscription",
    run: () => ({
      status: "notfound",
      message: "There is no subscription key",
      url: "https://www.proxmox.com/en/proxmox-virtual-environment/pricing",
    }),
  },
  // There are no replication jobs.
  { method: "GET", path: "/nodes/{node}/replication", params: { guest: integer(100) }, run: () => [] },
];
