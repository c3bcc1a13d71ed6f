import type { Reference } from "../../proxmox/reference.ts";
import type { CreatedVm } from "./creation-defaults.ts";

/**
 * The names in the entry of a VM that is created which Proxmox must have; paths start at the VM.
 *
 * @param vm the VM with its defaults filled in
 */
export function creationReferences(vm: CreatedVm): Reference[] {
  return [
    ...reference("node", "node", vm.node),
    ...source(vm),
    ...reference("cpu", "cpu.type", vm.cpu?.type),
    ...reference("machine", "machine", vm.machine),
    ...Object.entries(vm.nics ?? {}).flatMap(([slot, { bridge }]) =>
      reference("bridge", `nics.${slot}.bridge`, bridge),
    ),
    ...datastores(vm),
    ...reference("pool", "pool", vm.pool),
  ];
}

function source({ create: { template, image } }: CreatedVm): Reference[] {
  if (template !== undefined) {
    const name = String(template.vmid);
    const linked = template.full === false;
    return [{ kind: "template", path: "create.template.vmid", name, ...(linked && { linked }) }];
  }
  if (image === undefined) return [];
  const path = "create.image.file";
  const datastore = image.file.slice(0, Math.max(0, image.file.indexOf(":")));
  return [
    ...(datastore === "" ? [] : reference("datastore", path, datastore, "import")),
    { kind: "volume", path, name: image.file, content: "import" },
  ];
}

/** Where disks are made; a clone's are where the template says, unless its entry does. */
function datastores(vm: CreatedVm): Reference[] {
  const { blank, image, template } = vm.create;
  const whole = Object.entries({ blank, image, template }).find(([, from]) => from !== undefined);
  const common = whole?.[1]?.datastore;
  const drives = Object.entries(vm.drives ?? {}).filter(([, { datastore }]) => datastore !== common);
  const snippet = vm.cloudInit?.vendorData;
  return [
    ...reference("datastore", `create.${whole?.[0] ?? ""}.datastore`, common, "images"),
    ...drives.flatMap(([slot, { datastore }]) =>
      reference("datastore", `drives.${slot}.datastore`, datastore, "images"),
    ),
    ...reference("datastore", "efi.datastore", vm.efi?.datastore, "images"),
    ...reference("datastore", "tpm.datastore", vm.tpm?.datastore, "images"),
    ...(vm.cloudInit?.datastore === common
      ? []
      : reference("datastore", "cloudInit.datastore", vm.cloudInit?.datastore, "images")),
    ...(snippet === undefined
      ? []
      : reference("datastore", "cloudInit.vendorData", snippet.slice(0, snippet.indexOf(":")), "snippets")),
  ];
}

function reference(
  kind: Reference["kind"],
  path: string,
  name: string | undefined,
  content?: string,
): Reference[] {
  return name === undefined ? [] : [{ kind, path, name, ...(content !== undefined && { content }) }];
}
