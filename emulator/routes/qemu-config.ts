import { requireAll, requireAny } from "../auth.ts";
import { imageRows, renewImage } from "../cloud-init-image.ts";
import { changeFromParams, configChange } from "../config-change.ts";
import { updateConfig, updateConfigNow } from "../config-update.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { flag, need } from "../endpoint.ts";
import { die, paramError } from "../errors.ts";
import { checkLock, findVm } from "../estate.ts";
import { CONFIG_PRIVILEGES } from "../option-permissions.ts";
import { bool, integer, type Rules, required, requires, text } from "../rule.ts";
import { splitList } from "../text-formats.ts";
import { configView, pendingView, snapshotView, type Vm } from "../vm.ts";
import { resizeDisk } from "../vm-volumes.ts";

const V = "/nodes/{node}/qemu/{vmid}";

export function vmOf(call: Call): Vm {
  return findVm(call.estate, call.path("node"), call.path("vmid"));
}

export function needsAll(...privileges: readonly string[]): (call: Call) => void {
  return (call) => requireAll(call.caller, `/vms/${call.path("vmid")}`, privileges);
}

function mayConfigure(call: Call): void {
  requireAny(call.caller, `/vms/${call.path("vmid")}`, CONFIG_PRIVILEGES);
}

const CHANGE: Rules = {
  digest: { type: "string", maxLength: 64 },
  delete: text,
  revert: text,
  force: requires("delete", bool),
  skiplock: bool,
};

function readConfig(call: Call): unknown {
  const vm = vmOf(call);
  const name = call.params.get("snapshot");
  if (name === undefined) return configView(vm, flag(call, "current"));
  if (flag(call, "current")) {
    const clash = "cannot use 'snapshot' parameter with 'current'";
    throw paramError({ snapshot: clash, current: clash });
  }
  const snapshot = vm.snapshots.get(name);
  if (snapshot === undefined) throw die(`snapshot '${name}' does not exist`);
  return snapshotView(vm, snapshot);
}

export const QEMU_CONFIG: readonly Endpoint[] = [
  {
    method: "GET",
    path: `${V}/config`,
    params: { current: bool, snapshot: text },
    allow: needsAll("VM.Audit"),
    run: readConfig,
  },
  {
    method: "PUT",
    path: `${V}/config`,
    params: CHANGE,
    vmOptions: true,
    allow: mayConfigure,
    run: (call) => {
      updateConfigNow(call.estate, call.caller, vmOf(call), changeFromParams(call.params));
    },
  },
  {
    method: "POST",
    path: `${V}/config`,
    params: { ...CHANGE, background_delay: integer(1, 30), "import-working-storage": text },
    vmOptions: true,
    allow: mayConfigure,
    run: (call) => {
      const { estate, caller, params } = call;
      const vm = vmOf(call);
      const work = updateConfig(estate, caller, vm, changeFromParams(params));
      const upid = estate.tasks.start(vm.node, "qmconfig", String(vm.vmid), caller.user, work);
      const result = estate.tasks.find(upid).exitstatus;
      if (!params.has("background_delay") || result === undefined) return upid;
      if (result === "OK" || result.startsWith("WARNINGS")) return null;
      throw die(`failed to update VM ${vm.vmid}: ${result}`);
    },
  },
  {
    method: "GET",
    path: `${V}/pending`,
    allow: needsAll("VM.Audit"),
    run: (call) => pendingView(vmOf(call)),
  },
  {
    method: "PUT",
    path: `${V}/unlink`,
    params: { idlist: required(text), force: bool },
    allow: needsAll("VM.Config.Disk"),
    run: (call) => {
      const change = configChange({ delete: splitList(need(call, "idlist")), force: flag(call, "force") });
      updateConfigNow(call.estate, call.caller, vmOf(call), change);
    },
  },
  {
    method: "PUT",
    path: `${V}/resize`,
    params: {
      disk: required({ type: "string", pattern: /^(?:(?:ide|sata|scsi|virtio)\d+|efidisk0|tpmstate0)$/ }),
      size: required({ type: "string", pattern: /^\+?\d+(?:\.\d+)?[KMGT]?$/ }),
      digest: { type: "string", maxLength: 64 },
      skiplock: bool,
    },
    allow: needsAll("VM.Config.Disk"),
    run: (call) => {
      const { estate, caller, params } = call;
      const vm = vmOf(call);
      return estate.tasks.start(vm.node, "resize", String(vm.vmid), caller.user, () =>
        resizeDisk(estate, caller, vm, {
          slot: need(call, "disk"),
          size: need(call, "size"),
          digest: params.get("digest"),
        }),
      );
    },
  },
  {
    method: "GET",
    path: `${V}/cloudinit`,
    allow: needsAll("VM.Audit"),
    run: (call) => imageRows(vmOf(call)),
  },
  {
    method: "PUT",
    path: `${V}/cloudinit`,
    allow: needsAll("VM.Config.Cloudinit"),
    run: (call) => {
      const vm = vmOf(call);
      checkLock(vm);
      renewImage(vm);
      return null;
    },
  },
];
