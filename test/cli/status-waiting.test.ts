import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { stackOf } from "../e2e/fleet-file.ts";
import { checkout } from "./fleet-run.ts";
import { declaredEstate, incidentSeed } from "./incident.ts";
import { folderWithStack } from "./stacks.ts";
import { StatusRig } from "./status-rig.ts";

let rig: StatusRig;
afterEach(() => rig.close());

test("what waits as declared is told with the command that makes it true", async () => {
  const pending = {
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
  };
  rig = await StatusRig.start(incidentSeed({ ...declaredEstate, 102: { pending } }));
  const { code, report } = await rig.status();
  expect(code).toBe(2);
  expect(report.findings.map(({ vm, kind, message }) => [vm, kind, message])).toEqual([
    [
      "devvm",
      "waiting",
      "options.scsihw: (absent) => virtio-scsi-single  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
    [
      "devvm",
      "waiting",
      "drives.scsi0.aio: (absent) => threads  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
    [
      "devvm",
      "waiting",
      "drives.scsi0.iothread: (absent) => 1  [waits for a cold stop and start: npx fleet restart devvm]",
    ],
  ]);
  expect(report.vms.find(({ vmid }) => vmid === 102)?.keys).toEqual({ declared: 9, inSync: 6 });
  const table = await rig.table(["devvm"]);
  const [block = ""] = /^102 devvm, .+(?:\n .+)+/m.exec(table.stdout) ?? [];
  expect(block.split("\n")).toHaveLength(4);
  expect(readFileSync(resolve(checkout, "docs/status.md"), "utf8")).toContain(block);
});

test("another stack is named in the command", async () => {
  rig = await StatusRig.start(incidentSeed({ 102: { pending: { cores: 8 } } }));
  const cwd = folderWithStack(stackOf({ devvm: { vmid: 102, cpu: { cores: 8 } } }), "test");
  const { report } = await rig.status(["devvm", "--stack", "test"], { cwd });
  expect(report.findings[0]?.message).toContain(": npx fleet restart devvm --stack test]");
});

test("what other hands left pending is told: over a declared key, and on keys that nobody declared", async () => {
  rig = await StatusRig.start(
    incidentSeed({
      ...declaredEstate,
      200: { pending: { scsihw: "pvscsi", cpu: "x86-64-v2-AES" }, delete: ["agent"] },
    }),
  );
  const { code, report } = await rig.status();
  expect(code).toBe(2);
  expect(report.findings.map(({ kind, message }) => [kind, message])).toEqual([
    [
      "drifted",
      "options.scsihw: virtio-scsi-pci (then pvscsi) => virtio-scsi-pci  [QEMU runs what is declared, and another value waits: pulumi up would take it back]",
    ],
    [
      "waiting-undeclared",
      "options.agent: 1 => (absent)  [not declared; true from the next cold stop and start]",
    ],
    [
      "waiting-undeclared",
      "options.cpu.cputype: host => x86-64-v2-AES  [not declared; true from the next cold stop and start]",
    ],
  ]);
});
