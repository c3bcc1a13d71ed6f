import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

test("resources can be narrowed to VMs, nodes or storages", async () => {
  const pve = await startPve(SMALL_SEED);
  const ids = async (query: string) => (await pve.list(`/cluster/resources${query}`)).map((row) => row.id);
  expect(await ids("?type=vm")).toEqual(["qemu/100", "qemu/101", "qemu/900"]);
  expect(await ids("?type=node")).toEqual(["node/pve", "node/pve2"]);
  expect(await ids("?type=storage")).toHaveLength(4);
  expect(await ids("")).toHaveLength(9);
  expect((await pve.list("/cluster/resources?type=vm"))[0]).toMatchObject({
    vmid: 100,
    node: "pve",
    type: "qemu",
    status: "running",
    name: "vm100",
    template: 0,
    pool: "lab",
    maxcpu: 4,
  });
});

test("a token sees only the VMs that it may see", async () => {
  const pve = await startPve(SMALL_SEED);
  const headers = { authorization: "PVEAPIToken=narrow@pve!memory=s" };
  const answer = await pve.call("GET", "/cluster/resources?type=vm", { headers });
  expect((answer.data as { vmid: number }[]).map((row) => row.vmid)).toEqual([100]);
});

test("nextid answers the lowest free id and refuses a taken one", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.get("/cluster/nextid")).toBe("102");
  expect(await pve.get("/cluster/nextid?vmid=555")).toBe("555");
  const taken = await pve.call("GET", "/cluster/nextid?vmid=100");
  expect(taken).toMatchObject({ status: 400, errors: { vmid: "VM 100 already exists" } });
});

test("storage content can be narrowed, and one volume is found by its escaped id", async () => {
  const pve = await startPve(SMALL_SEED);
  const local = "/nodes/pve/storage/local";
  expect(await pve.list(`${local}/content?content=iso`)).toEqual([
    { volid: "local:iso/x.iso", content: "iso", format: "iso", size: 112 * 1024 ** 2, ctime: 1764676800 },
  ]);
  const owned = await pve.list("/nodes/pve/storage/local-lvm/content?vmid=100");
  expect(owned.map((row) => row.volid)).toEqual([0, 1, 2].map((n) => `local-lvm:vm-100-disk-${n}`));
  expect(await pve.get(`${local}/content/local:import%2Fx.qcow2`)).toEqual({
    path: "/var/lib/vz/import/x.qcow2",
    size: 3584 * 1024 ** 2,
    used: 3584 * 1024 ** 2,
    format: "qcow2",
  });
  expect(await pve.object(`${local}/status`)).toMatchObject({
    type: "dir",
    active: 1,
    enabled: 1,
    shared: 0,
  });
  const missing = await pve.call("GET", `${local}/content/local:iso%2Fy.iso`);
  expect(missing.message).toBe("volume 'local:iso/y.iso' does not exist\n");
});

test("a VM joins and leaves pools, and moves only on request", async () => {
  const pve = await startPve(SMALL_SEED);
  const put = (form: Record<string, string | number>) => pve.call("PUT", "/pools", { form });
  expect((await pve.call("POST", "/pools", { form: { poolid: "k8s" } })).status).toBe(200);
  const moved = await put({ poolid: "k8s", vms: "100" });
  expect(moved.message).toBe(
    "update pools failed: VM 100 belongs already to pool 'lab' and 'allow-move' is not set\n",
  );
  expect((await put({ poolid: "k8s", vms: "100,101", "allow-move": 1 })).status).toBe(200);
  expect(await pve.list("/pools?poolid=k8s")).toMatchObject([{ members: [{ vmid: 100 }, { vmid: 101 }] }]);
  expect((await put({ poolid: "k8s", vms: "100", delete: 1 })).status).toBe(200);
  expect(await pve.list("/pools")).toEqual([{ poolid: "lab", comment: "for tests" }, { poolid: "k8s" }]);
  expect((await pve.call("DELETE", "/pools?poolid=k8s")).message).toContain("is not empty");
  expect((await pve.call("DELETE", "/pools?poolid=lab")).status).toBe(200);
});

test("the agent answers addresses, and says what is wrong when it cannot", async () => {
  const pve = await startPve(SMALL_SEED);
  const agent = "/nodes/pve/qemu/100/agent";
  expect((await pve.call("POST", `${agent}/ping`)).data).toEqual({ result: {} });
  const { result } = await pve.object(`${agent}/network-get-interfaces`);
  expect(result).toMatchObject([{ name: "lo" }, { name: "eth0", "hardware-address": "bc:24:11:00:00:00" }]);
  await pve.control("POST", "/vms/100/agent", { mode: "off" });
  expect((await pve.call("POST", `${agent}/ping`)).message).toBe("QEMU guest agent is not running\n");
  await pve.control("POST", "/vms/100/agent", { mode: "hung" });
  expect((await pve.call("POST", `${agent}/ping`)).message).toBe("QEMU guest agent is not running\n");
  expect((await pve.call("POST", "/nodes/pve/qemu/101/agent/ping")).message).toBe("VM 101 is not running\n");
});

test("version, nodes and their status are answered", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.object("/version")).toMatchObject({ release: "9.1" });
  expect(await pve.list("/nodes")).toMatchObject([{ node: "pve", status: "online" }, { node: "pve2" }]);
  expect(await pve.object("/nodes/pve/status")).toMatchObject({ uptime: 30 * 86_400 });
  expect((await pve.list("/nodes/pve/qemu")).map((vm) => vm.vmid)).toEqual([100, 101, 900]);
  expect(await pve.list("/nodes/pve/network")).toMatchObject([{ iface: "vmbr0", type: "bridge" }]);
});

test("a slash at the end of a path means nothing, as the official provider counts on", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.task("DELETE", "/nodes/pve/qemu/101/?purge=1")).toBe("OK");
  expect(await pve.control("GET", "/requests")).toMatchObject([
    { method: "DELETE", path: "/nodes/pve/qemu/101", query: { purge: "1" } },
    { method: "GET" },
  ]);
});

test("the cluster's status has the cluster and its nodes, one of them local, for those who may audit it", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.get("/cluster/status")).toEqual([
    { type: "cluster", id: "cluster", name: "emulated", nodes: 2, quorate: 1, version: 2 },
    { type: "node", id: "node/pve", name: "pve", nodeid: 1, ip: "127.0.0.1", local: 1, online: 1, level: "" },
    {
      type: "node",
      id: "node/pve2",
      name: "pve2",
      nodeid: 2,
      ip: "127.0.0.1",
      local: 0,
      online: 1,
      level: "",
    },
  ]);
  const headers = { authorization: "PVEAPIToken=narrow@pve!memory=s" };
  expect(await pve.call("GET", "/cluster/status", { headers })).toMatchObject({
    status: 403,
    message: "Permission check failed (/, Sys.Audit)\n",
  });
  const alone = await startPve({ ...SMALL_SEED, nodes: SMALL_SEED.nodes.slice(0, 1) });
  expect(await alone.list("/cluster/status")).toMatchObject([{ type: "node", nodeid: 0, name: "pve" }]);
});

test("a change of a pool that fails half way changes nothing, and needs the right to allocate what it moves", async () => {
  const pve = await startPve({
    ...SMALL_SEED,
    tokens: [{ id: "p@pve!pool", secret: "s", acl: { "/pool": ["Pool.Allocate", "Pool.Audit"] } }],
  });
  const headers = { authorization: "PVEAPIToken=p@pve!pool=s" };
  const put = (form: Record<string, string | number>, options = {}) =>
    pve.call("PUT", "/pools", { form: { poolid: "lab", ...form }, ...options });
  expect(await put({ comment: "new", vms: "101,100" })).toMatchObject({
    status: 500,
    message: "update pools failed: VM 100 is already a pool member\n",
  });
  expect(await pve.list("/pools?poolid=lab")).toMatchObject([
    { comment: "for tests", members: [{ vmid: 100 }] },
  ]);
  expect((await put({ vms: 101 }, { headers })).message).toBe(
    "update pools failed: 403 Permission check failed (/vms/101, Permissions.Modify|VM.Allocate)\n",
  );
  expect((await put({ storage: "local" })).status).toBe(200);
  expect(await pve.list("/pools?poolid=lab&type=storage")).toMatchObject([
    { members: [{ id: "storage/pve/local", plugintype: "dir" }] },
  ]);
  expect((await pve.call("DELETE", "/pools/lab")).message).toBe(
    "delete pool failed: pool 'lab' is not empty (contains VM 100)\n",
  );
  expect((await put({ vms: 100, storage: "local", delete: 1 })).status).toBe(200);
  expect((await pve.call("DELETE", "/pools/lab", { headers })).status).toBe(200);
  expect(await pve.list("/pools")).toEqual([]);
});

test("tasks are listed of a node and of the cluster: a token's own, or all to an auditor", async () => {
  const pve = await startPve({
    ...SMALL_SEED,
    tokens: [{ id: "p@pve!power", secret: "s", acl: { "/vms/101": ["VM.PowerMgmt"] } }],
  });
  const headers = { authorization: "PVEAPIToken=p@pve!power=s" };
  const own = await pve.call("POST", "/nodes/pve/qemu/101/status/start", { headers });
  await pve.power(100, "stop");
  const failed = await pve.power(101, "start");
  expect(failed).toBe("VM 101 already running");
  const upids = (rows: unknown) => (rows as { upid: string }[]).map(({ upid }) => upid);
  expect(upids((await pve.call("GET", "/nodes/pve/tasks", { headers })).data)).toEqual([own.data]);
  expect(await pve.list("/cluster/tasks")).toMatchObject([
    { type: "qmstart", id: "101", status: "VM 101 already running", user: "fleet@pve", tokenid: "deploy" },
    { type: "qmstop", id: "100", status: "OK" },
    { upid: own.data, user: "p@pve", tokenid: "power" },
  ]);
  expect((await pve.call("GET", "/cluster/tasks", { headers })).data).toEqual([]);
  const asked = async (query: string) => (await pve.list(`/nodes/pve/tasks?${query}`)).map(({ id }) => id);
  // The first start ended with a warning, which counts as an error here.
  expect(await asked("errors=1")).toEqual(["101", "101"]);
  expect(await asked("statusfilter=error")).toEqual(["101"]);
  expect(await asked("statusfilter=ok,Warning")).toEqual(["100", "101"]);
  expect(await asked("userfilter=P@PVE")).toEqual(["101"]);
  expect(await asked("typefilter=qmstop&vmid=100")).toEqual(["100"]);
  expect(await asked("since=99999999999")).toEqual([]);
});

test("what an exporter asks of a cluster that has no backups, replication, subscription or quorum device", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.get("/cluster/backup-info/not-backed-up")).toEqual([
    { vmid: 100, type: "qemu", name: "vm100" },
    { vmid: 101, type: "qemu", name: "vm101" },
    { vmid: 900, type: "qemu", name: "golden" },
  ]);
  expect(await pve.get("/cluster/config/qdevice")).toEqual({});
  expect(await pve.get("/nodes/pve/replication")).toEqual([]);
  expect(await pve.object("/nodes/pve/subscription")).toMatchObject({ status: "notfound" });
  const headers = { authorization: "PVEAPIToken=narrow@pve!memory=s" };
  for (const path of ["/cluster/backup-info/not-backed-up", "/cluster/config/qdevice"]) {
    expect((await pve.call("GET", path, { headers })).status).toBe(403);
  }
});

test("a VM is an HA resource when the seed says that it is managed", async () => {
  const [managed, ...others] = SMALL_SEED.vms;
  const pve = await startPve({ ...SMALL_SEED, vms: [{ ...managed, haManaged: true }, ...others] });
  for (const sid of ["vm:100", "100"]) {
    const row = await pve.object(`/cluster/ha/resources/${sid}`);
    expect(row).toMatchObject({ sid: "vm:100", type: "vm", state: "started" });
  }
  const missing = await pve.call("GET", "/cluster/ha/resources/vm:101");
  expect(missing).toMatchObject({ status: 500, message: "no such resource 'vm:101'\n" });
});
