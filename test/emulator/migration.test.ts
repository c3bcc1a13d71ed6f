import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

/** A VM of local disks, and one whose disk every node sees. */
const seed = {
  ...SMALL_SEED,
  storages: [
    ...SMALL_SEED.storages,
    { name: "ceph", type: "rbd", content: ["images"], totalGiB: 1000, shared: true },
    { name: "fast", type: "lvmthin", content: ["images"], totalGiB: 1000 },
  ],
  vms: [
    {
      vmid: 110,
      running: true,
      config: { name: "own", scsi0: "local-lvm:vm-110-disk-0,size=4G", ide2: "none,media=cdrom" },
    },
    { vmid: 111, running: true, config: { name: "shared", scsi0: "ceph:vm-111-disk-0,size=4G" } },
    { vmid: 112, config: { name: "iso", ide2: "local:iso/x.iso,media=cdrom" } },
    { vmid: 113, config: { name: "csi", scsi1: "local-lvm:vm-9999-pvc-1,size=5G" } },
  ],
};
const migrate = (vmid: number) => `/nodes/pve/qemu/${vmid}/migrate`;

test("the conditions of a migration name nodes, local disks and whether the VM runs", async () => {
  const pve = await startPve(seed);
  expect(await pve.object(migrate(110))).toMatchObject({
    running: 1,
    allowed_nodes: ["pve2"],
    not_allowed_nodes: {},
    local_disks: [{ volid: "local-lvm:vm-110-disk-0", cdrom: 0, is_unused: 0, size: 4 * 1024 ** 3 }],
    local_resources: [],
    "mapped-resources": [],
    "has-dbus-vmstate": 1,
  });
  expect(await pve.object(`${migrate(111)}?target=pve2`)).toMatchObject({ local_disks: [] });
  expect((await pve.object(migrate(112))).local_disks).toMatchObject([
    { volid: "local:iso/x.iso", cdrom: 1 },
  ]);
});

test.each([
  [111, { target: "pve2" }, 500, "can't migrate running VM without --online\n"],
  [111, { target: "pve", online: 1 }, 400, { target: "target is local node." }],
  [111, { target: "pve9", online: 1 }, 500, "no such cluster node 'pve9'\n"],
  [111, { target: "pve2", force: 1 }, 400, { force: "Only root may use this option." }],
  [
    111,
    { target: "pve2", migration_type: "insecure" },
    400,
    { migration_type: "Only root may use this option." },
  ],
  [
    111,
    { target: "pve2", migration_network: "10.0.0.0/8" },
    400,
    { migration_network: "Only root may use this option." },
  ],
  [110, { target: "pve2", online: 1, targetstorage: "none" }, 500, "storage 'none' does not exist\n"],
])("VM %i with %j is not migrated: %i", async (vmid, form, status, reason) => {
  const pve = await startPve(seed);
  const answer = await pve.call("POST", migrate(vmid), { form });
  expect(answer.status).toBe(status);
  if (typeof reason === "string") expect(answer.message).toBe(reason);
  else expect(answer.errors).toEqual(reason);
});

test("a running VM takes local disks along only when it is told to, and to the storage that it is told", async () => {
  const pve = await startPve(seed);
  expect(await pve.task("POST", migrate(110), { target: "pve2", online: 1 })).toBe(
    "can't migrate VM - check log",
  );
  expect((await pve.vm(110)) as unknown).toMatchObject({ node: "pve", status: "running" });
  const more = { "with-local-disks": 1, targetstorage: "local-lvm:fast", "with-conntrack-state": 1 };
  expect(await pve.task("POST", migrate(110), { target: "pve2", online: 1, ...more })).toBe("OK");
  expect((await pve.vm(110)) as unknown).toMatchObject({
    node: "pve2",
    status: "running",
    config: { scsi0: "fast:vm-110-disk-0,size=4G" },
    running: { drives: { scsi0: { volume: "fast:vm-110-disk-0" } } },
  });
  expect(await pve.list("/nodes/pve/storage/local-lvm/content?vmid=110")).toEqual([]);
});

test("a shared disk needs no word, and a stopped VM's own disks go along", async () => {
  const pve = await startPve(seed);
  expect(await pve.task("POST", migrate(111), { target: "pve2", online: 1 })).toBe("OK");
  await pve.power(110, "stop");
  expect(await pve.task("POST", migrate(110), { target: "pve2" })).toBe("OK");
  expect((await pve.vm(110)).config.scsi0).toBe("local-lvm:vm-110-disk-0,size=4G");
});

test.each([
  [112, "can't migrate local disk 'local:iso/x.iso': local cdrom image"],
  [113, "can't migrate local disk 'local-lvm:vm-9999-pvc-1': owned by other VM (owner = VM 9999)"],
])("VM %i has what cannot be moved: %s", async (vmid, line) => {
  const pve = await startPve(seed);
  const upid = String((await pve.call("POST", migrate(vmid), { form: { target: "pve2" } })).data);
  const task = `/nodes/pve/tasks/${encodeURIComponent(upid)}`;
  expect(await pve.object(`${task}/status`)).toMatchObject({ exitstatus: "can't migrate VM - check log" });
  expect((await pve.list(`${task}/log`)).map(({ t }) => t)).toContain(line);
});

test("another storage for the disks needs the right to change disks, and to allocate there", async () => {
  const acl = { "/vms": ["VM.Migrate", "VM.Config.Disk"] };
  const pve = await startPve({
    ...seed,
    tokens: [
      { id: "m@pve!go", secret: "s", acl: { "/vms": ["VM.Migrate"] } },
      { id: "m@pve!disks", secret: "s", acl },
    ],
  });
  const form = { target: "pve2", online: 1, "with-local-disks": 1, targetstorage: "fast" };
  const go = (name: string) =>
    pve.call("POST", migrate(110), { form, headers: { authorization: `PVEAPIToken=m@pve!${name}=s` } });
  expect((await go("go")).message).toBe("Permission check failed (/vms/110, VM.Config.Disk)\n");
  expect((await go("disks")).message).toBe(
    "Permission check failed (/storage/fast, Datastore.AllocateSpace)\n",
  );
});
