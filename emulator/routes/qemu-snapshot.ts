import { requireAll, requireAny } from "../auth.ts";
import { type Call, type Endpoint, flag, need } from "../endpoint.ts";
import { die } from "../errors.ts";
import { checkLock } from "../estate.ts";
import { startVm } from "../power.ts";
import { bool, type Rule, required, text } from "../rule.ts";
import { digestOf, setKey, snapshotView, type Vm } from "../vm.ts";
import { dropSnapshot, findSnapshot, rollBack, takeSnapshot } from "../vm-snapshot.ts";
import { needsAll, vmOf } from "./qemu-config.ts";

const S = "/nodes/{node}/qemu/{vmid}/snapshot";
const ONE = `${S}/{snapname}`;

const configId: Rule = {
  type: "string",
  maxLength: 40,
  format: (value) => (/^[a-z][a-z0-9_-]+$/i.test(value) ? undefined : `invalid configuration ID '${value}'`),
};

function needsAny(...privileges: readonly string[]): (call: Call) => void {
  return (call) => requireAny(call.caller, `/vms/${call.path("vmid")}`, privileges);
}

function list(vm: Vm): unknown[] {
  const snapshots = [...vm.snapshots].map(([name, section]) => ({
    name,
    snaptime: Number(section.get("snaptime") ?? 0),
    vmstate: section.has("vmstate") ? 1 : 0,
    description: section.get("description") ?? "",
    ...parentOf(section),
  }));
  const current = {
    name: "current",
    digest: digestOf(vm),
    running: vm.qemu === undefined ? 0 : 1,
    description: "You are here!",
    ...parentOf(vm.current),
  };
  return [...snapshots, current];
}

function parentOf(section: ReadonlyMap<string, string>): { parent?: string } {
  const parent = section.get("parent");
  return parent === undefined ? {} : { parent };
}

function task(call: Call, type: string, work: Parameters<Call["estate"]["tasks"]["start"]>[4]): string {
  const { estate, caller, path } = call;
  return estate.tasks.start(path("node"), type, path("vmid"), caller.user, work);
}

function take(call: Call): string {
  const vm = vmOf(call);
  const name = need(call, "snapname");
  if (name === "current") throw die("unable to use snapshot name 'current' (reserved name)");
  if (name.toLowerCase() === "pending") throw die("unable to use snapshot name 'pending' (reserved name)");
  const request = { name, description: call.params.get("description"), memory: flag(call, "vmstate") };
  return task(call, "qmsnapshot", (log) => takeSnapshot(call.estate, vm, request, log));
}

function back(call: Call): string {
  const { estate, caller, path } = call;
  const vm = vmOf(call);
  if (flag(call, "start")) requireAll(caller, `/vms/${vm.vmid}`, ["VM.PowerMgmt"]);
  return task(call, "qmrollback", (log) => {
    rollBack(estate, vm, path("snapname"));
    if (flag(call, "start") && vm.qemu === undefined) startVm(estate, caller, vm, log);
  });
}

function describe(call: Call): null {
  const vm = vmOf(call);
  const description = call.params.get("description");
  if (description === undefined) return null;
  checkLock(vm);
  setKey(findSnapshot(vm, call.path("snapname")), "description", description);
  return null;
}

/** Snapshots (qemu-server, API2/Qemu.pm). */
export const QEMU_SNAPSHOT: readonly Endpoint[] = [
  { method: "GET", path: S, allow: needsAll("VM.Audit"), run: (call) => list(vmOf(call)) },
  {
    method: "POST",
    path: S,
    params: { snapname: required(configId), vmstate: bool, description: text },
    allow: needsAll("VM.Snapshot"),
    run: take,
  },
  {
    method: "DELETE",
    path: ONE,
    params: { force: bool },
    allow: needsAll("VM.Snapshot"),
    run: (call) => {
      const vm = vmOf(call);
      return task(call, "qmdelsnapshot", () => dropSnapshot(call.estate, vm, call.path("snapname")));
    },
  },
  {
    method: "POST",
    path: `${ONE}/rollback`,
    params: { start: bool },
    allow: needsAny("VM.Snapshot", "VM.Snapshot.Rollback"),
    run: back,
  },
  {
    method: "GET",
    path: `${ONE}/config`,
    allow: needsAny("VM.Snapshot", "VM.Snapshot.Rollback", "VM.Audit"),
    run: (call) => {
      const vm = vmOf(call);
      const { digest: _digest, ...values } = snapshotView(vm, findSnapshot(vm, call.path("snapname")));
      return values;
    },
  },
  {
    method: "PUT",
    path: `${ONE}/config`,
    params: { description: text },
    allow: needsAll("VM.Snapshot"),
    run: describe,
  },
];
