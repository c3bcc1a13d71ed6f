import type { CapsSpec } from "../spec/caps-spec.ts";
import type { CreationSpec } from "../spec/creation-spec.ts";
import { dnsName } from "../spec/vm-spec.ts";
import { serialPorts } from "../translation/forensics.ts";
import type { Mistake } from "./mistake.ts";
import { gapRules } from "./slot-rules.ts";
import type { VmDraft } from "./vm-rules.ts";

/** How many devices of a kind the official provider takes at creation. */
const most = { nics: 32, serial: 4, usb: 4 } as const;

/** What a VM that is created needs beyond its schema; paths start at the VM. */
export function creationRules(
  key: string,
  vm: VmDraft,
  create: CreationSpec,
  node: string | undefined,
): Mistake[] {
  return [
    ...sourceRules(vm, create),
    ...requiredKeys(vm, create, node),
    ...driveNeeds(vm, create),
    ...bootRules(vm),
    ...gapRules("nics", Object.keys(vm.nics ?? {}), most.nics),
    ...gapRules("serial", Object.keys(serialPorts(vm) ?? {}), most.serial),
    ...gapRules("usb", Object.keys(vm.usb ?? {}), most.usb),
    ...rootOnly(vm),
    ...keyAsName(key, vm),
  ];
}

function sourceRules(vm: VmDraft, create: CreationSpec): Mistake[] {
  const kinds = (["blank", "template", "image"] as const).filter((kind) => create[kind] !== undefined);
  const mistakes: Mistake[] = [];
  if (kinds.length !== 1) {
    mistakes.push({
      path: ["create"],
      wrong: kinds.length === 0 ? "does not say from what" : "says more than one source",
      got: kinds.length === 0 ? undefined : kinds.join(", "),
      allowed: "exactly one of blank, template and image",
      fix: kinds.length === 0 ? "add one" : "keep one",
    });
  }
  const { template } = create;
  if (template?.full === false && template.datastore !== undefined) {
    mistakes.push({
      path: ["create", "template", "datastore"],
      wrong: "does not go with a linked clone",
      got: template.datastore,
      allowed: "a datastore only with full: true",
      fix: "remove datastore, or full: false",
    });
  }
  if (template !== undefined && template.vmid === vm.vmid) {
    mistakes.push({
      path: ["create", "template", "vmid"],
      wrong: "is the VM itself",
      got: template.vmid,
      allowed: "the id of another VM or template",
      fix: "correct one of the two ids",
    });
  }
  return mistakes;
}

function requiredKeys(vm: VmDraft, create: CreationSpec, node: string | undefined): Mistake[] {
  const needed = (path: readonly string[], allowed: string): Mistake => ({
    path,
    wrong: "is missing, and this VM is created",
    got: undefined,
    allowed,
    fix: "add it",
  });
  const cloudInitStore = vm.cloudInit?.datastore ?? create.blank?.datastore ?? create.image?.datastore;
  return [
    ...(node === undefined
      ? [needed(["node"], "the node to create it on, here or for the whole fleet")]
      : []),
    ...(vm.cpu?.cores === undefined ? [needed(["cpu", "cores"], "1 to 2304")] : []),
    ...(vm.memoryMiB === undefined ? [needed(["memoryMiB"], "memory in MiB, at least 64")] : []),
    ...(vm.cloudInit !== undefined && (cloudInitStore ?? create.template?.datastore) === undefined
      ? [needed(["cloudInit", "datastore"], "where the cloud-init drive is made")]
      : []),
  ];
}

function driveNeeds(vm: VmDraft, create: CreationSpec): Mistake[] {
  const drives = Object.entries(vm.drives ?? {});
  const mistakes: Mistake[] = drives.flatMap(([slot, drive]) => [
    ...(drive.sizeGiB === undefined ? [sizeMissing(slot)] : []),
    ...Object.entries(drive.caps ?? {}).flatMap(([key, value]) =>
      fractionalCap(slot, key as keyof CapsSpec, value),
    ),
  ]);
  if (drives.length === 0 && create.template === undefined) {
    mistakes.push({
      path: ["drives"],
      wrong: "is missing, and this VM is created",
      got: undefined,
      allowed: "at least one drive with its sizeGiB",
      fix: "add the boot drive, such as scsi0: { sizeGiB: 32 }",
    });
  }
  return mistakes;
}

function sizeMissing(slot: string): Mistake {
  return {
    path: ["drives", slot, "sizeGiB"],
    wrong: "is missing, and this VM is created",
    got: undefined,
    allowed: "a whole number of GiB, for a clone or an image at least what the source has",
    fix: "add it",
  };
}

/** One fractional limit on any drive makes the official provider fail every read of the VM. */
function fractionalCap(slot: string, key: keyof CapsSpec, value: number | undefined): Mistake[] {
  if (value === undefined || Number.isInteger(value)) return [];
  return [
    {
      path: ["drives", slot, "caps", key],
      wrong: "is fractional, and the official provider cannot read a created VM with such a cap",
      got: value,
      allowed: "whole numbers on VMs with create, fractions on adopted ones only",
      fix: `write ${Math.floor(value)} or ${Math.ceil(value)}`,
    },
  ];
}

function bootRules(vm: VmDraft): Mistake[] {
  const devices = new Set([
    ...[vm.drives, vm.nics, vm.passthrough, vm.usb].flatMap((slots) => Object.keys(slots ?? {})),
  ]);
  return (vm.boot ?? []).flatMap((device, index) =>
    devices.has(device)
      ? []
      : [
          {
            path: ["boot", index],
            wrong: "is no device of this VM, which is created",
            got: device,
            allowed: `its devices: ${[...devices].join(", ") || "none is declared"}`,
            fix: "declare the device or take it out of boot",
          },
        ],
  );
}

/**
 * What Proxmox takes from root@pam alone, which no API token is: the creation itself would fail. Of a VM that exists it
 * may be declared, by an entry without `create`.
 */
function rootOnly(vm: VmDraft): Mistake[] {
  const wrong = "cannot be set by an API token, and this VM is created";
  const refused = (path: readonly string[], got: string | undefined, allowed: string, fix: string) =>
    got === undefined
      ? []
      : [
          {
            path,
            wrong,
            got,
            allowed,
            fix: `${fix}, or let root set it and remove create once the VM exists`,
          },
        ];
  const mapIt = "map the device under Datacenter > Resource Mappings and write mapping instead";
  const isRaw = (host: string | undefined) => (host?.toLowerCase() === "spice" ? undefined : host);
  const isDevice = (port: string) => (port === "socket" ? undefined : port);
  return [
    ...Object.entries(vm.passthrough ?? {}).flatMap(([slot, { id, romFile }]) => [
      ...refused(["passthrough", slot, "id"], id, "a cluster resource mapping", mapIt),
      ...refused(["passthrough", slot, "romFile"], romFile, "a device without romFile", "remove it"),
    ]),
    ...Object.entries(vm.usb ?? {}).flatMap(([slot, { host }]) =>
      refused(["usb", slot, "host"], isRaw(host), "spice, or a cluster resource mapping", mapIt),
    ),
    ...Object.entries(vm.serial ?? {}).flatMap(([slot, port]) =>
      refused(["serial", slot], isDevice(port), "socket", "write socket"),
    ),
  ];
}

function keyAsName(key: string, vm: VmDraft): Mistake[] {
  if (vm.name !== undefined || dnsName.test(key)) return [];
  return [
    {
      path: ["name"],
      wrong: "is missing, and the entry's key is no DNS name",
      got: key,
      allowed: "letters, digits, hyphens and dots",
      fix: "add name or rename the entry",
    },
  ];
}
