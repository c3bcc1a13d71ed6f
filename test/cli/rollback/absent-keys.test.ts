import { expect, test } from "vitest";
import { rollbackPlan } from "../../../cli/rollback/plan.ts";
import { declaredEntry } from "../../../components/translation/declared-vm.ts";

test("what the fleet file calls absent is put back as it was saved, and contradicts the file", () => {
  const spec = { vmid: 102, absent: ["nics.net0.vlan", "cpu.limit"] };
  const entry = { key: "devvm", spec, declared: declaredEntry("devvm", spec, {}), line: 1 };
  const net0 = "virtio=BC:24:11:00:01:02,bridge=vmbr1";
  const saved = { digest: "d0", current: { net0: `${net0},tag=10`, cpulimit: "2" } };
  const now = {
    digest: "d1",
    running: true,
    current: { net0 },
    pending: {},
    pendingDeletes: new Set<string>(),
  };
  const { changes, contradicted, problems } = rollbackPlan(entry, saved as never, now);
  expect(problems).toEqual([]);
  expect(changes.map(({ path, from, to }) => [path, from, to])).toEqual([
    ["options.cpulimit", undefined, "2"],
    ["nics.net0.tag", undefined, "10"],
  ]);
  expect(contradicted.map(({ key, path, saved: was }) => [key, path, was])).toEqual([
    ["vms.devvm.absent", "options.cpulimit", "2"],
    ["vms.devvm.absent", "nics.net0.tag", "10"],
  ]);
});
