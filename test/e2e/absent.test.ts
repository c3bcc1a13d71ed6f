import { expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { stackOf } from "./fleet-file.ts";

const net0 = "virtio=BC:24:11:FC:10:DA,bridge=vmbr1,firewall=1";
const scsi0 = "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1";

test("a VLAN tag and a CPU limit go, static becomes dhcp, a burst is lifted, and the next up writes nothing", async () => {
  await using sandbox = await Sandbox.open();
  const { control } = sandbox;
  await control.act(102, "edit", {
    cpulimit: "4",
    ipconfig0: "gw=192.0.2.1,ip=192.0.2.7/24",
    scsi0: scsi0.replace("-0,", "-0,bps_wr_max_length=5,").replace("mbps_wr=60", "mbps_wr=60,mbps_wr_max=90"),
  });
  const devvm = {
    vmid: 102,
    nics: { net0: { bridge: "vmbr1", vlan: 10 } },
    cpu: { limit: 4 },
    cloudInit: { ipConfigs: { ipconfig0: { ipv4: { address: "192.0.2.7/24", gateway: "192.0.2.1" } } } },
    drives: { scsi0: { caps: { writeMiBps: 60, writeBurstMiBps: 90 } } },
  };
  sandbox.writeStack(stackOf({ devvm }));
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  expect(await control.writes()).toEqual([]);

  const untagged = {
    vmid: 102,
    nics: { net0: { bridge: "vmbr1" } },
    cloudInit: { ipConfigs: { ipconfig0: { ipv4: { address: "dhcp" } } } },
    drives: { scsi0: { caps: { writeMiBps: 60, writeBurstMiBps: 0 } } },
    absent: ["nics.net0.vlan", "cpu.limit"],
  };
  sandbox.writeStack(stackOf({ devvm: untagged }));
  const preview = await sandbox.pulumi(["preview", "--diff"]);
  expect(preview.code, preview.output).toBe(0);
  const invisible = "[in the config at once, in QEMU only after a stop and start]";
  for (const line of [
    "nics.net0.tag: 10 => (absent)  [live]",
    "options.cpulimit: 4 => (absent)  [live]",
    `options.ipconfig0.gw: 192.0.2.1 => (absent)  ${invisible}`,
    `options.ipconfig0.ip: 192.0.2.7/24 => dhcp  ${invisible}`,
    "drives.scsi0.mbps_wr_max: 90 => 0  [live]",
    "drives.scsi0.bps_wr_max_length: 5 => (absent)  [live]",
  ]) {
    expect(preview.output).toContain(line);
  }

  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  const writes = await control.writes();
  const lifted = scsi0.replace("mbps_wr=60", "mbps_wr=60,mbps_wr_max=0");
  expect(writes.map(({ body }) => body)).toEqual([
    {
      delete: "cpulimit",
      ipconfig0: "ip=dhcp",
      net0,
      scsi0: lifted,
      digest: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    },
  ]);
  await control.forget();
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  const clean = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(clean.code, clean.output).toBe(0);
  expect(await control.writes()).toEqual([]);

  await control.act(102, "edit", { net0: `${net0},tag=30`, cpulimit: "2" });
  const drift = await sandbox.pulumi(["preview", "--refresh", "--diff", "--expect-no-changes"]);
  expect(drift.code, drift.output).not.toBe(0);
  expect(drift.output).toContain("nics.net0.tag: 30 => (absent)  [live]");
  const again = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--refresh"]);
  expect(again.code, again.output).toBe(0);
  const { config } = await control.vm(102);
  expect(config).toMatchObject({ net0, scsi0: lifted, ipconfig0: "ip=dhcp" });
  expect(config).not.toHaveProperty("cpulimit");
  expect(await control.unknown()).toEqual([]);
});
