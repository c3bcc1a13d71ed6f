import assert from "node:assert/strict";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import proxmoxApi from "proxmox-api";

/** A round of the npm package proxmox-api, by password: its token must be a UUID, and it renews tickets itself. */
const api = proxmoxApi({
  host: env.PVE_HOST ?? "",
  port: Number(env.PVE_PORT),
  username: "root@pam",
  password: env.PVE_ROOT_PASSWORD ?? "",
});
const pve = api.nodes.$("pve");

async function done(upid, on = "pve") {
  for (;;) {
    const status = await api.nodes.$(on).tasks.$(upid).status.$get();
    if (status.status === "stopped") {
      assert.match(status.exitstatus ?? "", /^OK$|^WARNINGS/);
      return;
    }
    await sleep(50);
  }
}

assert.deepEqual(
  (await api.nodes.$get()).map(({ node }) => node),
  ["pve", "pve2"],
);
assert.deepEqual(
  (await pve.qemu.$get({ full: true })).map(({ vmid }) => vmid),
  [100, 900],
);
assert.deepEqual(
  (await pve.lxc.$get()).map(({ vmid }) => vmid),
  [101],
);
assert.equal((await api.cluster.status.$get()).length, 3);
assert.equal((await api.storage.$get()).length, 3);

const vmid = Number(await api.cluster.nextid.$get());
await done(
  await pve.qemu.$post({
    vmid,
    name: "made",
    memory: "1024",
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:4",
    net0: "virtio,bridge=vmbr0",
  }),
);
const vm = pve.qemu.$(vmid);
await vm.config.$put({ cores: 2, description: "made by proxmox-api" });
await done(await vm.status.start.$post());
await vm.config.$put({ memory: "2048" });
const waiting = (await vm.pending.$get()).find(({ key }) => key === "memory");
assert.equal(waiting?.pending, "2048");
await done(await vm.resize.$put({ disk: "scsi0", size: "+1G" }));

await done(await vm.snapshot.$post({ snapname: "before", description: "a note" }));
assert.deepEqual(
  (await vm.snapshot.$get()).map(({ name }) => name),
  ["before", "current"],
);
await done(await vm.snapshot.$("before").rollback.$post());
await done(await vm.snapshot.$("before").$delete());
await done(await vm.status.start.$post());
await done(await vm.status.suspend.$post());
await done(await vm.status.resume.$post());

await done(await vm.move_disk.$post({ disk: "scsi0", storage: "ceph", delete: true }));
assert.deepEqual((await vm.migrate.$get({ target: "pve2" })).allowed_nodes, ["pve2"]);
await done(await vm.migrate.$post({ target: "pve2", online: true }));
const there = api.nodes.$("pve2").qemu.$(vmid);
await done(await there.status.stop.$post(), "pve2");

const copy = Number(await api.cluster.nextid.$get());
await done(await pve.qemu.$(900).clone.$post({ newid: copy, name: "copy", full: true }));
await done(await pve.qemu.$(copy).$delete({ purge: true }));
await done(await there.$delete({ purge: true, "destroy-unreferenced-disks": true }), "pve2");

await api.pools.$post({ poolid: "temporary" });
await api.pools.$("temporary").$delete();
const kept = (await api.cluster.resources.$get({ type: "vm" })).map((row) => row.vmid);
assert.deepEqual(kept, [100, 101, 900]);
console.log("round done");
