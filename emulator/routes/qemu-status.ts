import { type Caller, requireAll } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { flag } from "../endpoint.ts";
import { die, paramError } from "../errors.ts";
import type { Estate } from "../estate.ts";
import { rrdRows } from "../metrics.ts";
import { rebootVm, resumeVm, shutdownVm, startVm, stopVm, suspendVm } from "../power.ts";
import { bool, integer, oneOf, type Rules, required, requires, text } from "../rule.ts";
import type { TaskLog } from "../tasks.ts";
import type { Vm } from "../vm.ts";
import { stateStorage } from "../vm-state.ts";
import { vmStatus } from "../vm-status.ts";
import { needsAll, vmOf } from "./qemu-config.ts";

const S = "/nodes/{node}/qemu/{vmid}/status";

type Work = (estate: Estate, caller: Caller, vm: Vm, log: TaskLog, call: Call) => void;

function power(action: string, params: Rules, work: Work, mustRun = false): Endpoint {
  return {
    method: "POST",
    path: `${S}/${action}`,
    params: { skiplock: bool, timeout: integer(0), ...params },
    allow: needsAll("VM.PowerMgmt"),
    run: (call) => {
      const { estate, caller } = call;
      const vm = vmOf(call);
      rootOnly(call, "skiplock", "keepActive");
      if (mustRun && vm.qemu === undefined) throw die(`VM ${vm.vmid} not running`);
      return estate.tasks.start(vm.node, `qm${action}`, String(vm.vmid), caller.user, (log) =>
        work(estate, caller, vm, log, call),
      );
    },
  };
}

function rootOnly(call: Call, ...names: readonly string[]): void {
  for (const name of names) {
    if (flag(call, name) && !call.caller.isRoot)
      throw paramError({ [name]: "Only root may use this option." });
  }
}

function suspend(call: Call): string {
  const { estate, caller, params } = call;
  const vm = vmOf(call);
  const todisk = flag(call, "todisk");
  rootOnly(call, "skiplock");
  if (vm.qemu === undefined) throw die(`VM ${vm.vmid} not running`);
  const storage = params.get("statestorage") ?? stateStorage(estate, vm.current);
  if (todisk) {
    if (vm.haManaged) throw die("Cannot suspend HA managed VM to disk");
    requireAll(caller, `/vms/${vm.vmid}`, ["VM.Config.Disk"]);
    if ([...vm.current.keys()].some((key) => /^hostpci\d+$/.test(key))) {
      throw die(
        "cannot suspend VM to disk due to passed-through PCI device(s), which lack the possibility to save/restore their internal state",
      );
    }
    requireAll(caller, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  }
  const work = () => suspendVm(estate, vm, flag(call, "skiplock"), todisk ? { storage } : undefined);
  return estate.tasks.start(vm.node, todisk ? "qmsuspend" : "qmpause", String(vm.vmid), caller.user, work);
}

function resume(call: Call): string {
  const { estate, caller } = call;
  const vm = vmOf(call);
  rootOnly(call, "skiplock", "nocheck");
  if (vm.qemu === undefined && vm.current.get("lock") !== "suspended") throw die(`VM ${vm.vmid} not running`);
  return estate.tasks.start(vm.node, "qmresume", String(vm.vmid), caller.user, (log) =>
    resumeVm(estate, caller, vm, flag(call, "skiplock"), log),
  );
}

export const QEMU_STATUS: readonly Endpoint[] = [
  {
    method: "GET",
    path: `${S}/current`,
    allow: needsAll("VM.Audit"),
    run: (call) => vmStatus(call.estate, vmOf(call)),
  },
  power("start", { machine: text, "force-cpu": text }, (estate, caller, vm, log) =>
    startVm(estate, caller, vm, log),
  ),
  power("stop", { keepActive: bool, "overrule-shutdown": bool }, (estate, caller, vm) =>
    stopVm(estate, caller, vm),
  ),
  power("shutdown", { forceStop: bool, keepActive: bool }, (estate, caller, vm, _log, call) =>
    shutdownVm(estate, caller, vm, flag(call, "forceStop")),
  ),
  power("reboot", {}, (estate, caller, vm) => rebootVm(estate, caller, vm), true),
  // The same QEMU process goes on: nothing that waits is applied.
  power("reset", {}, () => undefined, true),
  {
    method: "POST",
    path: `${S}/suspend`,
    params: { skiplock: bool, todisk: bool, statestorage: requires("todisk", text) },
    allow: needsAll("VM.PowerMgmt"),
    run: suspend,
  },
  {
    method: "POST",
    path: `${S}/resume`,
    params: { skiplock: bool, nocheck: bool },
    allow: needsAll("VM.PowerMgmt"),
    run: resume,
  },
  {
    method: "GET",
    path: "/nodes/{node}/qemu/{vmid}/rrddata",
    params: {
      timeframe: required(oneOf("hour", "day", "week", "month", "year", "decade")),
      cf: oneOf("AVERAGE", "MAX"),
    },
    allow: needsAll("VM.Audit"),
    run: (call) => rrdRows(vmOf(call), call.params.get("timeframe") ?? "hour", call.estate.clock.seconds()),
  },
];
