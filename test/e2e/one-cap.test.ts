import { expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { foreignDrivesOf } from "./drive-text.ts";
import { productionStack, withFleet } from "./fleet-file.ts";

test("one cap changed on a node with 12 CSI disks is one PUT of that slot, live at once, and no foreign byte moves", async () => {
  await using sandbox = await Sandbox.open();
  const { control } = sandbox;
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  const before = await control.vm(202);
  const foreign = foreignDrivesOf(before.config, 202);
  expect(Object.keys(foreign)).toHaveLength(12);

  sandbox.writeStack(withFleet(productionStack(), [["vms.k8s-node2.drives.scsi0.caps.writeMiBps", 130]]));
  const preview = await sandbox.pulumi(["preview", "--diff"]);
  expect(preview.output).toMatch(/mbps_wr\s*: 120 => 130/);
  expect(preview.output).toContain("drives.scsi0.mbps_wr: 120 => 130  [live]");
  await control.forget();
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);

  const after = await control.vm(202);
  const writes = await control.writes();
  expect(writes).toEqual([
    {
      method: "PUT",
      path: "/nodes/pve/qemu/202/config",
      status: 200,
      body: {
        scsi0: "local-lvm:vm-202-disk-0,discard=on,mbps_rd=150,mbps_wr=130,size=256G,ssd=1",
        digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      },
    },
  ]);
  expect(foreignDrivesOf(after.config, 202)).toEqual(foreign);
  expect(after.throttleCalls.scsi0 ?? 0).toBe((before.throttleCalls.scsi0 ?? 0) + 1);
  expect(after.pending).toEqual({});
  expect(await control.unknown()).toEqual([]);
});
