import { hasAny } from "../auth.ts";
import { containerConfig, containerRow } from "../container.ts";
import type { Endpoint } from "../endpoint.ts";
import { findContainer } from "../estate.ts";
import { bool } from "../rule.ts";
import { needsAll } from "./qemu-config.ts";

/** Containers can be looked at, and no more (pve-container, API2/LXC.pm and API2/LXC/Config.pm). */
export const LXC: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/lxc",
    run: ({ estate, caller, path }) =>
      [...estate.containers.values()]
        .filter(({ node, vmid }) => node === path("node") && hasAny(caller, `/vms/${vmid}`, ["VM.Audit"]))
        .map((container) => containerRow(estate, container)),
  },
  {
    method: "GET",
    path: "/nodes/{node}/lxc/{vmid}/config",
    params: { current: bool },
    allow: needsAll("VM.Audit"),
    run: ({ estate, path }) => containerConfig(findContainer(estate, path("node"), path("vmid"))),
  },
];
