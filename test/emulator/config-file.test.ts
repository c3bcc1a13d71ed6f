import { expect, test } from "vitest";
import { readConfigFile } from "../../emulator/config-file.ts";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const broken = "local-lvm:vm-101-disk-1,mbps_wr=80MB,size=10G";

test("a line that the schema does not take is in no answer, and gone with the next write", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/101/edit", { scsi1: broken, localtime: "Yes" });
  const config = await pve.config(101);
  expect(config.scsi1).toBeUndefined();
  expect(config.localtime).toBe(1);
  expect((await pve.vm(101)).config).toMatchObject({ scsi1: broken, localtime: "Yes" });
  await pve.set(101, { name: "renamed" });
  const { config: file } = await pve.vm(101);
  expect(file.scsi1).toBeUndefined();
  expect(file.localtime).toBe("1");
  expect(Object.keys(file).filter((key) => key.startsWith("unused"))).toEqual([]);
});

test("a request that is refused before its first write leaves an unreadable line where it is", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/101/edit", { scsi1: broken });
  expect((await pve.put(101, { boot: "order=scsi9" })).status).toBe(500);
  expect((await pve.vm(101)).config.scsi1).toBe(broken);
});

test("of values in the file only type and format count, not the choices of an enumeration", () => {
  const { current, warnings } = readConfigFile([
    "ostype: linux",
    "scsihw: fast",
    "cores: +2",
    "hotplug: disk,gpu",
  ]);
  expect(Object.fromEntries(current)).toEqual({ ostype: "linux", scsihw: "fast" });
  expect(warnings).toEqual([
    "unable to parse value of 'cores' - type check ('integer') failed - got '+2'",
    "unable to parse value of 'hotplug' - invalid hotplug feature 'gpu'",
  ]);
});

test("comments, waiting values and deletions, and snapshots each have their place", () => {
  const file = readConfigFile([
    "#first%20line",
    "#second",
    "cores: 2",
    "[PENDING]",
    "delete: !scsi4,tags",
    "cores: 3",
    "[before-upgrade]",
    "cores: 1",
  ]);
  expect(Object.fromEntries(file.current)).toEqual({ cores: "2", description: "first line\nsecond" });
  expect(Object.fromEntries(file.pending)).toEqual({ cores: "3" });
  expect([...file.pendingDelete]).toEqual([
    ["scsi4", true],
    ["tags", false],
  ]);
  expect(Object.fromEntries(file.snapshots.get("before-upgrade") ?? [])).toEqual({ cores: "1" });
});
