import { cpuModels } from "../cpu-models.ts";
import { seesBridge } from "../device-permissions.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { findNode } from "../estate.ts";
import { machineTypes } from "../machine-types.ts";
import { oneOf } from "../rule.ts";

const arch = { arch: oneOf("x86_64", "aarch64") };

/** The node's own bridges and what SDN makes on it, as far as the caller has a right there. */
function network({ estate, caller, path, params }: Call): unknown[] {
  const node = findNode(estate, path("node"));
  const type = params.get("type");
  const bridges = node.bridges.map((iface) => ({
    iface,
    type: "bridge",
    active: 1,
    autostart: 1,
    bridge_vlan_aware: 1,
    method: "manual",
    method6: "manual",
    families: ["inet"],
    priority: 3,
  }));
  const vnets = [...estate.vnets]
    .filter(([, { nodes }]) => nodes?.includes(node.name) ?? true)
    .map(([iface]) => ({ iface, type: "vnet", active: "1", ipam: 0, vlanaware: 0 }));
  return [
    ...(type === undefined || /^(?:bridge|any_bridge|any_local_bridge|include_sdn)$/.test(type)
      ? bridges
      : []),
    ...(/^(?:any_bridge|include_sdn|vnet)$/.test(type ?? "") ? vnets : []),
  ].filter(({ iface }) => seesBridge(estate, caller, iface));
}

/** What a node's VMs can be made of (qemu-server, API2/Qemu/CPU.pm and Machine.pm; pve-manager, API2/Network.pm). */
export const CAPABILITIES: readonly Endpoint[] = [
  { method: "GET", path: "/nodes/{node}/capabilities/qemu/cpu", params: arch, run: cpuModelsOf },
  {
    method: "GET",
    path: "/nodes/{node}/capabilities/qemu/machines",
    params: arch,
    run: ({ estate, path, params }) => {
      findNode(estate, path("node"));
      return machineTypes(params.get("arch") ?? "x86_64");
    },
  },
  {
    method: "GET",
    path: "/nodes/{node}/network",
    params: {
      type: oneOf(
        "bridge",
        "bond",
        "eth",
        "alias",
        "vlan",
        "fabric",
        "OVSBridge",
        "OVSBond",
        "OVSPort",
        "OVSIntPort",
        "vnet",
        "unknown",
        "any_bridge",
        "any_local_bridge",
        "include_sdn",
      ),
    },
    run: network,
  },
];

/** Answered by whichever node is asked, for its own kind of host. */
function cpuModelsOf({ params }: Call): unknown[] {
  return cpuModels(params.get("arch") ?? "x86_64");
}
