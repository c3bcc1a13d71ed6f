import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const privileges = ["VM.Audit", "VM.Config.Disk", "Datastore.AllocateSpace", "Datastore.Audit"];
const seed = {
  ...SMALL_SEED,
  storages: [
    ...SMALL_SEED.storages,
    {
      name: "san",
      type: "iscsi",
      content: ["images"],
      totalGiB: 100,
      volumes: [{ volid: "san:0.0.0.scsi-36001405vm-100-1", size: "8G" }],
    },
    {
      name: "nas",
      type: "nfs",
      content: ["images"],
      totalGiB: 100,
      volumes: [
        "100/data.qcow2",
        "100/vm-200-disk-0.qcow2",
        "200/base-200-disk-0.qcow2/100/vm-200-disk-0.qcow2",
        "200/vm-100-disk-0.qcow2",
      ].map((name) => ({ volid: `nas:${name}`, size: "4G" })),
    },
  ],
  tokens: [
    { id: "lun@pve!user", secret: "s", acl: { "/": privileges } },
    { id: "lun@pve!admin", secret: "s", acl: { "/": [...privileges, "Datastore.Allocate"] } },
  ],
};
const lun = "san:0.0.0.scsi-36001405vm-100-1";

test("on file storages the folder owns a volume, whatever the file is called", async () => {
  const pve = await startPve(seed);
  const rows = await pve.list("/nodes/pve/storage/nas/content");
  expect(rows.map(({ volid, vmid }) => [volid, vmid])).toEqual([
    ["nas:100/data.qcow2", 100],
    ["nas:100/vm-200-disk-0.qcow2", 100],
    ["nas:200/base-200-disk-0.qcow2/100/vm-200-disk-0.qcow2", 100],
    ["nas:200/vm-100-disk-0.qcow2", 200],
  ]);
});

test("a LUN is nobody's: a drive on it is written with Datastore.Allocate alone, and never resized", async () => {
  const pve = await startPve(seed);
  const put = (name: string) =>
    pve.call("PUT", "/nodes/pve/qemu/101/config", {
      form: { scsi5: `${lun},mbps_rd=5` },
      headers: { authorization: `PVEAPIToken=lun@pve!${name}=s` },
    });
  expect((await put("user")).message).toBe(`missing privileges to access ${lun}\n`);
  expect((await put("admin")).status).toBe(200);
  expect((await pve.vm(101)).config.scsi5).toBe(`${lun},mbps_rd=5,size=8G`);
  const resized = await pve.task("PUT", "/nodes/pve/qemu/101/resize", { disk: "scsi5", size: "9G" });
  expect(resized).toBe("volume resize is not possible on iscsi device");
});

test("QEMU keeps no limits of a drive with scsiblock", async () => {
  const pve = await startPve(seed);
  await pve.set(101, { scsi5: `${lun},mbps_rd=5,scsiblock=1` });
  await pve.power(101, "start");
  expect((await pve.vm(101)).running?.drives.scsi5?.throttle).toEqual({});
});
