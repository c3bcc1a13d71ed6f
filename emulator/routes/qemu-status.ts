import type { Caller } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { flag } from "../endpoint.ts";
import { die, paramError } from "../errors.ts";
import type { Estate } from "../estate.ts";
import { rrdRows } from "../metrics.ts";
import { rebootVm, shutdownVm, startVm, stopVm } from "../power.ts";
import { bool, integer, oneOf, type Rules, required, text } from "../rule.ts";
import type { TaskLog } from "../tasks.ts";
import type { Vm } from "../vm.ts";
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
      for (const name of ["skiplock", "keepActive"]) {
        if (flag(call, name) && !caller.isRoot)
          throw paramError({ [name]: "Only root may use this option." });
      }
      if (mustRun && vm.qemu === undefined) throw die(`VM ${vm.vmid} not running`);
      return estate.tasks.start(vm.node, `qm${action}`, String(vm.vmid), caller.user, (log) =>
        work(estate, caller, vm, log, call),
      );
    },
  };
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
