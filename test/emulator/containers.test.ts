import { expect, test } from "vitest";
import type { Seed } from "../../emulator/seed.ts";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

/** A running container on the second node, one beside the VMs that is in the way of the next id, one that is a template. */
const seed: Seed = {
  ...SMALL_SEED,
  containers: [
    { vmid: 102, config: { hostname: "dns", rootfs: "local-lvm:vm-102-disk-0,size=8G", memory: 1024 } },
    {
      vmid: 105,
      node: "pve2",
      running: true,
      config: { hostname: "proxy", cores: 2, tags: "edge", rootfs: "local-lvm:vm-105-disk-0,size=4G" },
    },
    { vmid: 901, config: { template: 1 } },
  ],
  pools: [{ name: "lab", vms: [100, 102] }],
};
const narrow = { headers: { authorization: "PVEAPIToken=narrow@pve!memory=s" } };

test("a container is listed with the VMs of the cluster, as type lxc, to those who may audit it", async () => {
  const pve = await startPve(seed);
  const rows = await pve.list("/cluster/resources?type=vm");
  expect(rows.map(({ id }) => id)).toEqual([
    "qemu/100",
    "qemu/101",
    "lxc/102",
    "lxc/105",
    "qemu/900",
    "lxc/901",
  ]);
  expect(rows[2]).toMatchObject({
    vmid: 102,
    node: "pve",
    type: "lxc",
    name: "dns",
    status: "stopped",
    template: 0,
    pool: "lab",
    maxcpu: 16,
    maxmem: 1024 ** 3,
    maxdisk: 8 * 1024 ** 3,
    mem: 0,
    uptime: 0,
  });
  expect(rows[3]).toMatchObject({ node: "pve2", status: "running", tags: "edge", maxcpu: 2 });
  const seen = (await pve.call("GET", "/cluster/resources?type=vm", narrow)).data as { vmid: number }[];
  expect(seen.map(({ vmid }) => vmid)).toEqual([100]);
});

test("a node's containers are a list of their own, with a config, and no VM is among them", async () => {
  const pve = await startPve(seed);
  expect((await pve.list("/nodes/pve/lxc")).map(({ vmid, name }) => [vmid, name])).toEqual([
    [102, "dns"],
    [901, "CT901"],
  ]);
  expect((await pve.list("/nodes/pve2/lxc"))[0]).toMatchObject({ vmid: 105, type: "lxc", cpus: 2 });
  expect(await pve.object("/nodes/pve/lxc/102/config")).toMatchObject({ hostname: "dns", memory: 1024 });
  expect((await pve.list("/nodes/pve/qemu")).map(({ vmid }) => vmid)).toEqual([100, 101, 900]);
  const missing = await pve.call("GET", "/nodes/pve/lxc/100/config");
  expect(missing.message).toBe("Configuration file 'nodes/pve/lxc/100.conf' does not exist\n");
  expect((await pve.call("GET", "/nodes/pve/lxc", narrow)).data).toEqual([]);
  const denied = await pve.call("GET", "/nodes/pve/lxc/102/config", narrow);
  expect(denied).toMatchObject({ status: 403, message: "Permission check failed (/vms/102, VM.Audit)\n" });
});

test.each(["narrow@pve!memory=s", undefined])(
  "nextid knows containers, and VMs that %s cannot see",
  async (token) => {
    const pve = await startPve(seed);
    const options = token === undefined ? {} : { headers: { authorization: `PVEAPIToken=${token}` } };
    expect((await pve.call("GET", "/cluster/nextid", options)).data).toBe("103");
    for (const vmid of [100, 101, 102, 105, 900]) {
      const taken = await pve.call("GET", `/cluster/nextid?vmid=${vmid}`, options);
      expect(taken).toMatchObject({ status: 400, errors: { vmid: `VM ${vmid} already exists` } });
    }
    expect((await pve.call("GET", "/cluster/nextid?vmid=103", options)).data).toBe("103");
  },
);

test("a container's id is taken for a new VM, before any task, and for a clone, whose task fails", async () => {
  const pve = await startPve(seed);
  const made = await pve.call("POST", "/nodes/pve/qemu", { form: { vmid: 105, name: "mine" } });
  expect(made).toMatchObject({
    status: 500,
    message: "unable to create VM 105 - CT 105 already exists on node 'pve2'\n",
  });
  expect(await pve.list("/nodes/pve/tasks")).toEqual([]);
  const file = "/etc/pve/nodes/pve/qemu-server/102.conf";
  expect(await pve.task("POST", "/nodes/pve/qemu/900/clone", { newid: 102, full: 1 })).toBe(
    `close (rename) atomic file '${file}' failed: File exists`,
  );
  expect(await pve.list("/nodes/pve/storage/local-lvm/content?vmid=102")).toHaveLength(1);
  expect((await pve.list("/cluster/resources?type=vm")).map(({ vmid }) => vmid)).toHaveLength(6);
});

test("a container's config is no VM's", async () => {
  const pve = await startPve(seed);
  for (const path of ["config", "pending", "status/current"]) {
    const answer = await pve.call("GET", `/nodes/pve/qemu/102/${path}`);
    expect(answer.message, path).toBe("Configuration file 'nodes/pve/qemu-server/102.conf' does not exist\n");
  }
});

test("a container is a pool's member, and its volumes are root directories", async () => {
  const pve = await startPve(seed);
  const members = async (query: string) =>
    (await pve.list(`/pools?poolid=lab${query}`))[0]?.members as { id: string }[];
  expect((await members("")).map(({ id }) => id)).toEqual(["qemu/100", "lxc/102"]);
  expect((await members("&type=lxc")).map(({ id }) => id)).toEqual(["lxc/102"]);
  const content = "/nodes/pve/storage/local-lvm/content";
  expect(await pve.list(`${content}?vmid=102`)).toMatchObject([
    { volid: "local-lvm:vm-102-disk-0", content: "rootdir", size: 8 * 1024 ** 3 },
  ]);
  expect(await pve.list(`${content}?vmid=102&content=images`)).toEqual([]);
});

test.each([
  [[{ vmid: 100, config: {} }], "a VM has this id (got 100)\n  → at containers[0].vmid"],
  [[{ vmid: 300, node: "pve9", config: {} }], "no such node (got pve9)\n  → at containers[0].node"],
  [
    [
      { vmid: 300, config: {} },
      { vmid: 300, config: {} },
    ],
    "a container has this id (got 300)\n  → at containers[1].vmid",
  ],
])("a seed whose containers are %j is refused", async (containers, message) => {
  await expect(startPve({ ...SMALL_SEED, containers })).rejects.toThrow(message);
});
