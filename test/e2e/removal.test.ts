import { expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { appliedSandbox } from "./applied-sandbox.ts";
import { documented, follow } from "./documented.ts";
import { productionStack, stackOf, withFleet } from "./fleet-file.ts";

test("taking an adopted VM out of the file leaves it as it is, says so, and sends nothing", async () => {
  await using sandbox = await Sandbox.open();
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  const before = await sandbox.control.vm(102);
  await sandbox.control.forget();

  sandbox.writeStack(withFleet(productionStack(), [["vms.devvm", undefined]]));
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  expect(up.output).toContain(
    "VM 102 stays as it is and its configuration is no longer owned; nothing was sent",
  );
  expect(await sandbox.control.writes()).toEqual([]);
  expect(await sandbox.control.vm(102)).toEqual(before);
});

test("taking a key out of an entry leaves its value as it is and owns it no longer", async () => {
  const entry = {
    vmid: 202,
    cpu: { cores: 8 },
    drives: { scsi0: { caps: { readMiBps: 150, writeMiBps: 120 } } },
  };
  await using sandbox = await Sandbox.open({ stackFile: stackOf({ node2: entry }) });
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);

  sandbox.writeStack(stackOf({ node2: { ...entry, drives: { scsi0: { caps: { readMiBps: 150 } } } } }));
  const disown = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(disown.code, disown.output).toBe(0);
  expect(disown.output).toContain("no longer owned, left as they are: drives.scsi0.mbps_wr");

  const { scsi0 = "" } = (await sandbox.control.vm(202)).config;
  await sandbox.control.act(202, "edit", { scsi0: scsi0.replace("mbps_wr=120", "mbps_wr=500") });
  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code, check.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
});

test("destroy of a stack of adopted VMs sends nothing that writes", async () => {
  await using sandbox = await appliedSandbox();
  const [, destroy] = documented("Giving up an adopted VM");
  await follow(sandbox, destroy);
  expect(await sandbox.control.writes()).toEqual([]);
});
