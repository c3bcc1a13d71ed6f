import { expect, test } from "vitest";
import { undeclaredPending } from "../../proxmox/undeclared-pending.ts";
import { declare, devvm, vmWith } from "./vm.ts";

test("keys that wait and that nobody declared are named one by one", () => {
  const pending = {
    cores: "8",
    scsi0: "local-lvm:vm-102-disk-0,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
    cpu: "host",
  };
  const vm = vmWith({ ...devvm, cpu: "host,flags=+aes" }, { pending, deletes: ["boot"] });
  expect(undeclaredPending(declare(), vm)).toEqual([
    { path: "options.boot", slot: "boot", from: "order=scsi0" },
    { path: "options.cores", slot: "cores", from: "16", to: "8" },
    { path: "options.cpu.flags", slot: "cpu", from: "+aes" },
    { path: "drives.scsi0.discard", slot: "scsi0", from: "on" },
  ]);
});

test("declared keys are not among them, those beside them in the same string are", () => {
  const pending = { scsi0: "local-lvm:vm-102-disk-0,aio=threads,mbps_rd=500,mbps_wr=60,size=100G,ssd=1" };
  const declared = declare({ drives: { scsi0: { aio: "threads", mbps_rd: 60 } } });
  expect(undeclaredPending(declared, vmWith(devvm, { pending }))).toEqual([
    { path: "drives.scsi0.discard", slot: "scsi0", from: "on" },
  ]);
});

test("an option that is declared as text owns the keys that it names", () => {
  const vm = vmWith({ agent: "1" }, { pending: { agent: "0,type=isa" } });
  expect(undeclaredPending(declare({ options: { agent: "1" } }), vm)).toEqual([
    { path: "options.agent.type", slot: "agent", to: "isa" },
  ]);
});

test("another notation of the same value is no change", () => {
  const pending = { scsi0: "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60.0,mbps_wr=60,size=100G,ssd=on" };
  expect(undeclaredPending(declare(), vmWith(devvm, { pending }))).toEqual([]);
});

test("foreign drives wait for nobody here", () => {
  const pending = { scsi3: "local-lvm:vm-9999-pvc-1,size=5G", scsi4: "local-lvm:vm-102-disk-4,size=5G" };
  const declared = declare({ foreignSlots: ["scsi4"] });
  expect(undeclaredPending(declared, vmWith(devvm, { pending }))).toEqual([]);
});

test("a new device is one change", () => {
  const vm = vmWith(devvm, { pending: { net1: "virtio=BC:24:11:00:00:01,bridge=vmbr0" } });
  expect(undeclaredPending(declare(), vm)).toEqual([
    { path: "nics.net1", slot: "net1", to: "virtio=BC:24:11:00:00:01,bridge=vmbr0" },
  ]);
});
