import { expect, test, vi } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const TASKS = "/nodes/pve/tasks";

test("a start with an iothread that the controller cannot have ends with a warning in the log", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("POST", "/nodes/pve/qemu/101/status/start");
  const upid = String(answer.data);
  expect(upid).toMatch(/^UPID:pve:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:qmstart:101:fleet@pve!deploy:$/);
  const path = `${TASKS}/${encodeURIComponent(upid)}`;
  expect(await pve.object(`${path}/status`)).toMatchObject({
    upid,
    node: "pve",
    type: "qmstart",
    id: "101",
    user: "fleet@pve",
    tokenid: "deploy",
    status: "stopped",
    exitstatus: "WARNINGS: 1",
  });
  const log = await pve.call("GET", `${path}/log`);
  expect(log.total).toBe(2);
  expect(log.data).toEqual([
    { n: 1, t: "WARN: iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring" },
    { n: 2, t: "TASK WARNINGS: 1" },
  ]);
  expect((await pve.call("GET", `${path}/log?start=1&limit=1`)).data).toEqual([
    { n: 2, t: "TASK WARNINGS: 1" },
  ]);
});

test("an unknown task and a text that is no UPID are 400", async () => {
  const pve = await startPve(SMALL_SEED);
  const malformed = await pve.call("GET", `${TASKS}/nonsense/status`);
  expect(malformed).toMatchObject({ status: 400, errors: { upid: "unable to parse worker upid" } });
  const upid = encodeURIComponent("UPID:pve:00000001:00000001:00000001:qmstart:100:root@pam:");
  const unknown = await pve.call("GET", `${TASKS}/${upid}/status`);
  expect(unknown).toMatchObject({ status: 400, errors: { upid: "no such task" } });
});

test("starting a running VM fails in the task, rebooting a stopped one before it", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.power(100, "start")).toBe("VM 100 already running");
  expect(await pve.power(101, "stop")).toBe("OK");
  for (const action of ["reboot", "reset"]) {
    const answer = await pve.call("POST", `/nodes/pve/qemu/101/status/${action}`);
    expect(answer).toMatchObject({ status: 500, message: "VM 101 not running\n" });
  }
});

test("an agent that does not answer is passed over: the guest shuts down all the same", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/agent", { mode: "hung" });
  expect(await pve.power(100, "shutdown")).toBe("OK");
});

test("a guest with a wedged disk is stopped by a shutdown only when that may be hard", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/stall", { slot: "scsi0", on: true });
  expect(await pve.power(100, "shutdown")).toBe("VM quit/powerdown failed - got timeout");
  expect((await pve.vm(100)).status).toBe("running");
  expect(await pve.task("POST", "/nodes/pve/qemu/100/status/shutdown", { forceStop: 1 })).toBe("OK");
  expect((await pve.vm(100)).status).toBe("stopped");
});

test("a hard stop ends a wedged VM, and its drives are wedged no more", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/stall", { slot: "scsi0", on: true });
  expect(await pve.power(100, "stop")).toBe("OK");
  expect((await pve.vm(100)).stalled).toEqual([]);
});

test("aio=native with a buffered cache is stored and fails at the start", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsi0: "local-lvm:vm-101-disk-0,aio=native,cache=writeback" });
  expect(await pve.power(101, "start")).toMatch(/^start failed: /);
  expect((await pve.vm(101)).status).toBe("stopped");
});

test("the task list can be narrowed and shows the newest first", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.power(101, "start");
  await pve.power(101, "stop");
  await pve.power(100, "reset");
  const types = async (query: string) => (await pve.list(`${TASKS}?${query}`)).map((task) => task.type);
  expect(await types("source=all")).toEqual(["qmreset", "qmstop", "qmstart"]);
  expect(await types("vmid=101")).toEqual(["qmstop", "qmstart"]);
  expect(await types("typefilter=qmreset")).toEqual(["qmreset"]);
  expect(await types("source=active")).toEqual([]);
  expect(await types("limit=1&start=1")).toEqual(["qmstop"]);
});

test("a fault can make a task fail or take its time", async () => {
  const pve = await startPve(SMALL_SEED);
  const path = "/nodes/*/qemu/101/status/start";
  await pve.control("POST", "/faults", { path, action: "task-fail", message: "no memory", times: 1 });
  expect(await pve.power(101, "start")).toBe("no memory");
  await pve.control("POST", "/faults", { path, action: "task-delay", milliseconds: 500, times: 1 });
  const answer = await pve.call("POST", "/nodes/pve/qemu/101/status/start");
  const status = `${TASKS}/${encodeURIComponent(String(answer.data))}/status`;
  const running = await pve.object(status);
  expect(running.status).toBe("running");
  expect(running).not.toHaveProperty("exitstatus");
  await vi.waitUntil(async () => (await pve.object(status)).status === "stopped");
  expect((await pve.vm(101)).status).toBe("running");
});

test("status has counters that grow with the clock, except those of a wedged drive", async () => {
  const pve = await startPve(SMALL_SEED);
  const current = () => pve.object("/nodes/pve/qemu/100/status/current");
  const writes = async () => {
    const { blockstat } = await current();
    const stats = blockstat as Record<string, { wr_bytes: number }>;
    return [stats.scsi0?.wr_bytes, stats.scsi1?.wr_bytes].map(Number);
  };
  expect(await current()).toMatchObject({
    vmid: 100,
    status: "running",
    qmpstatus: "running",
    cpus: 4,
    maxmem: 4096 * 1024 ** 2,
    maxdisk: 32 * 1024 ** 3,
    uptime: 86_400,
    agent: 1,
    "running-qemu": "10.1.2",
  });
  await pve.control("POST", "/vms/100/stall", { slot: "scsi0", on: true });
  const [wedged = 0, healthy = 0] = await writes();
  await pve.control("POST", "/clock", { advanceSeconds: 600 });
  const [wedgedLater = 0, healthyLater = 0] = await writes();
  expect(wedgedLater).toBe(wedged);
  expect(healthyLater).toBeGreaterThanOrEqual(healthy + 600 * 96_000);
});

test("a stopped VM has no pid, no counters and no block statistics", async () => {
  const pve = await startPve(SMALL_SEED);
  const status = await pve.object("/nodes/pve/qemu/101/status/current");
  expect(status).toMatchObject({ status: "stopped", qmpstatus: "stopped", uptime: 0, diskwrite: 0, cpu: 0 });
  expect(status).not.toHaveProperty("pid");
  expect(status).not.toHaveProperty("blockstat");
});

test("RRD rows hold rates per minute, fall to zero while a drive is wedged, and omit them for a stopped VM", async () => {
  const { sata0: _sata, scsi1: _scsi1, scsi2: _scsi2, ...config } = SMALL_SEED.vms[0]?.config ?? {};
  const pve = await startPve({
    ...SMALL_SEED,
    vms: [{ vmid: 100, running: true, config }, { ...SMALL_SEED.vms[1] }],
  });
  await pve.control("POST", "/vms/100/stall", { slot: "scsi0", on: true });
  await pve.control("POST", "/clock", { advanceSeconds: 1800 });
  const rows = await pve.list("/nodes/pve/qemu/100/rrddata?timeframe=hour");
  expect(rows).toHaveLength(60);
  expect(Number(rows[1]?.time) - Number(rows[0]?.time)).toBe(60);
  expect(rows[0]?.diskwrite).toBe(96_000);
  expect(rows[59]?.diskwrite).toBe(0);
  const stopped = await pve.list("/nodes/pve/qemu/101/rrddata?timeframe=day");
  expect(stopped).toHaveLength(1440);
  expect(stopped[0]).not.toHaveProperty("diskwrite");
});
