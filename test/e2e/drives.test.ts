import { expect, test } from "vitest";
import { appliedSandbox } from "./applied-sandbox.ts";
import { productionStack, withFleet } from "./fleet-file.ts";

const own = "vms.k8s-node2.drives";
const data = { sizeGiB: 8, datastore: "local-lvm", caps: { readMiBps: 40, writeMiBps: 40 } };

test("drives: a new one is called new and waits until QEMU has it, growth beside it is right, a lost one is not replaced, and an exchanged one is not written", async () => {
  await using sandbox = await appliedSandbox();
  const { control } = sandbox;
  const stack = (drives: readonly [string, unknown][]) =>
    sandbox.writeStack(
      withFleet(
        productionStack(),
        drives.map(([path, value]) => [`${own}.${path}`, value]),
      ),
    );

  stack([
    ["sata1", data],
    ["scsi0.sizeGiB", 256],
    ["scsi0.aio", "threads"],
  ]);
  const preview = await sandbox.pulumi(["preview"]);
  expect(preview.output).toContain(
    "drives.sata1: (absent) => a new, empty disk of 8G on local-lvm  [cold: waits for a stop and start]",
  );
  const made = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(made.code, made.output).toBe(0);
  expect(made.output).toContain(
    "drives.sata1: (absent) => local-lvm:vm-202-disk-1,mbps_rd=40,mbps_wr=40,size=8G",
  );
  expect((await control.vm(202)).running).not.toHaveProperty(["drives", "sata1"]);

  // The cold change of aio waits with the size of its day.
  stack([
    ["sata1", data],
    ["scsi0.sizeGiB", 300],
    ["scsi0.aio", "threads"],
  ]);
  const grown = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(grown.code, grown.output).toBe(0);
  const { config, pending } = await control.vm(202);
  expect([config.scsi0, pending.scsi0].map((text) => /size=\d+G/.exec(text ?? "")?.[0])).toEqual([
    "size=300G",
    "size=300G",
  ]);
  await control.forget();
  const again = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(again.code, again.output).toBe(0);
  expect(await control.writes()).toEqual([]);

  // Other hands: a cold start, then one takes the line away that QEMU runs, and one detaches the new disk.
  await sandbox.request("POST", "/nodes/pve/qemu/202/status/stop");
  await expect.poll(async () => (await control.vm(202)).status).toBe("stopped");
  await sandbox.request("POST", "/nodes/pve/qemu/202/status/start");
  await expect.poll(async () => (await control.vm(202)).status).toBe("running");
  await control.act(202, "edit", { scsi0: null });
  await control.act(202, "detach", { slot: "sata1" });
  await sandbox.request("POST", "/nodes/pve/qemu/202/status/stop");
  await expect.poll(async () => (await control.vm(202)).status).toBe("stopped");
  await control.forget();
  stack([
    ["sata1", data],
    ["scsi0.sizeGiB", 300],
    ["scsi0.datastore", "local-lvm"],
    ["scsi0.aio", "threads"],
  ]);
  for (const command of [["preview"], ["up", "--yes", "--skip-preview"], ["up", "--yes", "--skip-preview"]]) {
    const run = await sandbox.pulumi(command);
    expect(run.code).not.toBe(0);
    for (const [slot, disk] of [
      ["scsi0", "local-lvm:vm-202-disk-0"],
      ["sata1", "local-lvm:vm-202-disk-1"],
    ]) {
      expect(run.output).toContain(
        `drives.${slot}: the slot is empty, and something speaks for a drive that was there (got it held ${disk} when it was last looked at`,
      );
    }
    expect(run.output).toContain("unused0 is local-lvm:vm-202-disk-1");
  }
  expect(await control.writes()).toEqual([]);

  // As the messages say: the one line is put back, and the other slot gets a new disk by hand.
  await sandbox.request("PUT", "/nodes/pve/qemu/202/config?scsi0=local-lvm:vm-202-disk-0");
  await sandbox.request("PUT", "/nodes/pve/qemu/202/config?sata1=local-lvm:8");
  const taken = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(taken.code, taken.output).toBe(0);
  const { sata1 = "", scsi0 = "" } = (await control.vm(202)).config;
  expect(sata1).toMatch(/^local-lvm:vm-202-disk-(?!1,)\d,mbps_rd=40,mbps_wr=40,size=8G$/);

  // A hand exchanges the disks of the two slots.
  const [byHand = "", first = ""] = [sata1, scsi0].map((text) => text.split(",")[0]);
  await control.act(202, "edit", {
    scsi0: scsi0.replace(first, byHand),
    sata1: sata1.replace(byHand, first),
  });
  await control.forget();
  stack([
    ["sata1", { ...data, caps: { readMiBps: 50, writeMiBps: 40 } }],
    ["scsi0.sizeGiB", 300],
    ["scsi0.aio", "threads"],
  ]);
  for (const command of [["preview"], ["up", "--yes", "--skip-preview"], ["preview", "--refresh"]]) {
    const run = await sandbox.pulumi(command);
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(
      `drives.sata1: another disk is in the slot than was last seen there (got ${first}, last seen ${byHand}, which is scsi0 now)`,
    );
  }
  expect(await control.writes()).toEqual([]);
  await control.act(202, "edit", { scsi0, sata1 });
  const named = await sandbox.pulumi(["preview"]);
  expect(named.code, named.output).toBe(0);
  expect(named.output).toContain("drives.sata1.mbps_rd: 40 => 50  [live]");
  expect(named.output).toContain(`drives.sata1 is ${byHand}`);
  expect(await control.unknown()).toEqual([]);
});
