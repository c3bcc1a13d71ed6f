import { hasAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { flag, flagOr, need } from "../endpoint.ts";
import { die, paramError } from "../errors.ts";
import { bool, integer, oneOf, required, text } from "../rule.ts";
import { cloneVm, makeTemplate } from "../vm-clone.ts";
import { createVm } from "../vm-create.ts";
import { migrateVm, migrationConditions } from "../vm-migrate.ts";
import { vmRow } from "../vm-status.ts";
import { destroyVm, moveDisk } from "../vm-volumes.ts";
import { needsAll, vmOf } from "./qemu-config.ts";

const V = "/nodes/{node}/qemu/{vmid}";
const vmid = integer(100, 999999999);
const imageFormat = oneOf("raw", "qcow2", "vmdk");

function task(
  call: Call,
  type: string,
  id: string,
  work: Parameters<Call["estate"]["tasks"]["start"]>[4],
): string {
  return call.estate.tasks.start(call.path("node"), type, id, call.caller.user, work);
}

function migrate(call: Call): string {
  const { estate, caller, params } = call;
  for (const name of ["force", "migration_type", "migration_network"]) {
    if (params.has(name) && params.get(name) !== "0" && !caller.isRoot) {
      throw paramError({ [name]: "Only root may use this option." });
    }
  }
  const vm = vmOf(call);
  const work = migrateVm(estate, caller, vm, {
    target: need(call, "target"),
    online: flag(call, "online"),
    withLocalDisks: flag(call, "with-local-disks"),
    targetStorage: params.get("targetstorage"),
  });
  return task(call, "qmigrate", String(vm.vmid), work);
}

export const QEMU_LIFECYCLE: readonly Endpoint[] = [
  {
    method: "GET",
    path: "/nodes/{node}/qemu",
    params: { full: bool },
    run: ({ estate, caller, path }) =>
      [...estate.vms.values()]
        .filter((vm) => vm.node === path("node") && hasAny(caller, `/vms/${vm.vmid}`, ["VM.Audit"]))
        .map((vm) => vmRow(estate, vm)),
  },
  {
    method: "POST",
    path: "/nodes/{node}/qemu",
    params: {
      vmid: required(vmid),
      start: bool,
      pool: text,
      force: bool,
      unique: bool,
      storage: text,
      archive: text,
      bwlimit: integer(0),
      "live-restore": bool,
      "ha-managed": bool,
      "import-working-storage": text,
    },
    vmOptions: true,
    run: (call) => {
      const work = createVm(call.estate, call.caller, call.path("node"), call.params);
      return task(call, "qmcreate", need(call, "vmid"), work);
    },
  },
  {
    method: "DELETE",
    path: V,
    params: { "destroy-unreferenced-disks": bool, purge: bool, skiplock: bool },
    allow: needsAll("VM.Allocate"),
    run: (call) => {
      const vm = vmOf(call);
      const work = destroyVm(call.estate, vm, flag(call, "destroy-unreferenced-disks"));
      return task(call, "qmdestroy", String(vm.vmid), work);
    },
  },
  {
    method: "POST",
    path: `${V}/clone`,
    params: {
      newid: required(vmid),
      name: text,
      description: text,
      pool: text,
      snapname: text,
      storage: text,
      format: imageFormat,
      full: bool,
      target: text,
      bwlimit: integer(0),
    },
    allow: needsAll("VM.Clone"),
    run: (call) => {
      const { params } = call;
      const vm = vmOf(call);
      const work = cloneVm(call.estate, call.caller, vm, {
        newid: Number(need(call, "newid")),
        name: params.get("name"),
        description: params.get("description"),
        pool: params.get("pool"),
        storage: params.get("storage"),
        format: params.get("format"),
        snapname: params.get("snapname"),
        target: params.get("target"),
        full: params.has("full") ? flag(call, "full") : undefined,
      });
      return task(call, "qmclone", String(vm.vmid), work);
    },
  },
  {
    method: "POST",
    path: `${V}/template`,
    params: { disk: text },
    allow: needsAll("VM.Allocate"),
    run: (call) => {
      const vm = vmOf(call);
      return task(call, "qmtemplate", String(vm.vmid), makeTemplate(call.estate, vm));
    },
  },
  {
    method: "POST",
    path: `${V}/move_disk`,
    params: {
      disk: required(text),
      storage: text,
      format: imageFormat,
      delete: bool,
      digest: text,
      bwlimit: integer(0),
    },
    allow: needsAll("VM.Config.Disk"),
    run: (call) => {
      const vm = vmOf(call);
      const storage = call.params.get("storage");
      if (storage === undefined) throw die("the emulator moves disks between storages only, not between VMs");
      const work = moveDisk(call.estate, call.caller, vm, {
        slot: need(call, "disk"),
        storage,
        format: call.params.get("format"),
        deleteSource: flagOr(call, "delete", false),
        digest: call.params.get("digest"),
      });
      return task(call, "qmmove", String(vm.vmid), work);
    },
  },
  {
    method: "POST",
    path: `${V}/migrate`,
    params: {
      target: required(text),
      online: bool,
      "with-local-disks": bool,
      targetstorage: text,
      force: bool,
      migration_type: oneOf("secure", "insecure"),
      migration_network: text,
      "with-conntrack-state": bool,
      bwlimit: integer(0),
    },
    allow: needsAll("VM.Migrate"),
    run: migrate,
  },
  {
    method: "GET",
    path: `${V}/migrate`,
    params: { target: text },
    allow: needsAll("VM.Migrate"),
    run: (call) => migrationConditions(call.estate, vmOf(call)),
  },
];
