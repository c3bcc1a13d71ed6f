import { hasAny } from "../auth.ts";
import type { Endpoint } from "../endpoint.ts";
import { paramError } from "../errors.ts";
import { nodeResource, storageResource, vmResource } from "../resources.ts";
import { integer, oneOf } from "../rule.ts";

export const CLUSTER: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/cluster/resources",
    params: { type: oneOf("vm", "storage", "node", "sdn") },
    run: ({ estate, caller, params }) => {
      const asked = params.get("type");
      const wants = (type: string) => asked === undefined || asked === type;
      const vms = [...estate.vms.values()].filter(({ vmid }) => hasAny(caller, `/vms/${vmid}`, ["VM.Audit"]));
      const nodes = [...estate.nodes.values()];
      const stores = [...estate.storages.all.values()].filter(({ name }) =>
        hasAny(caller, `/storage/${name}`, ["Datastore.Audit", "Datastore.AllocateSpace"]),
      );
      return [
        ...(wants("vm") ? vms.map((vm) => vmResource(estate, vm)) : []),
        ...(wants("node") ? nodes.map((node) => nodeResource(estate, node)) : []),
        ...(wants("storage")
          ? nodes.flatMap((node) => stores.map((storage) => storageResource(node.name, storage)))
          : []),
      ];
    },
  },
  {
    method: "GET",
    path: "/cluster/nextid",
    params: { vmid: integer(100, 999999999) },
    run: ({ estate, params }) => {
      const asked = params.get("vmid");
      if (asked !== undefined) {
        if (estate.vms.has(Number(asked))) throw paramError({ vmid: `VM ${asked} already exists` });
        return asked;
      }
      let free = 100;
      while (estate.vms.has(free)) free += 1;
      return String(free);
    },
  },
];
