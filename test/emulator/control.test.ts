import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const CONFIG = "/nodes/pve/qemu/100/config";

test("every request is recorded with its query, decoded body and status, until the record is cleared", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.call("GET", `${CONFIG}?current=1`);
  await pve.put(100, { name: "x", scsi1: "local-lvm:vm-100-disk-1,ssd=0" });
  await pve.call("GET", "/version", { headers: {} });
  expect(await pve.control("GET", "/requests")).toEqual([
    { method: "GET", path: CONFIG, query: { current: "1" }, status: 200 },
    { method: "PUT", path: CONFIG, body: { name: "x", scsi1: "local-lvm:vm-100-disk-1,ssd=0" }, status: 200 },
    { method: "GET", path: "/version", status: 401 },
  ]);
  await pve.control("DELETE", "/requests");
  expect(await pve.control("GET", "/requests")).toEqual([]);
});

test("a CSI driver attaches through hotplug and detaches without a trace, unrecorded", async () => {
  const pve = await startPve(SMALL_SEED);
  const disk = { slot: "scsi7", volume: "local-lvm:vm-9999-pvc-new", size: "3G", backup: 0, iothread: 1 };
  await pve.control("POST", "/vms/100/attach", disk);
  const attached = await pve.vm(100);
  expect(attached.config.scsi7).toBe("local-lvm:vm-9999-pvc-new,backup=0,iothread=1,size=3G");
  expect(attached.running?.drives.scsi7?.volume).toBe("local-lvm:vm-9999-pvc-new");
  await pve.control("POST", "/vms/100/detach", { slot: "scsi7" });
  expect(Object.keys((await pve.vm(100)).config)).not.toContain("scsi7");
  expect(await pve.control("GET", "/requests")).toEqual([]);
});

test("a hand edit is stored as typed and reaches QEMU only at the next start", async () => {
  const pve = await startPve(SMALL_SEED);
  const typed = "local-lvm:vm-100-disk-0,ssd=1,size=32G,mbps_wr=10,mbps_rd=10,discard=on";
  await pve.control("POST", "/vms/100/edit", { scsi0: typed, onboot: null });
  const config = await pve.config(100);
  expect(config.scsi0).toBe(typed);
  expect(config).not.toHaveProperty("onboot");
  expect((await pve.vm(100)).running?.drives.scsi0?.throttle).toEqual({ mbps_rd: 60, mbps_wr: 60 });
});

test("a hand-edited order of keys becomes canonical with the next write of the key, without a QMP call", async () => {
  const pve = await startPve(SMALL_SEED);
  const typed = "local-lvm:vm-100-disk-0,ssd=1,size=32G,mbps_wr=60,mbps_rd=60,discard=on";
  await pve.control("POST", "/vms/100/edit", { scsi0: typed });
  await pve.set(100, { scsi0: typed });
  const vm = await pve.vm(100);
  expect(vm.config.scsi0).toBe("local-lvm:vm-100-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1");
  expect(vm.throttleCalls).toEqual({});
});

test("a fault fails a matching request as often as told, and only by its method", async () => {
  const pve = await startPve(SMALL_SEED);
  const text = "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout";
  const fault = { method: "PUT", path: "/nodes/*/qemu/*/config", action: "fail", message: text, times: 2 };
  await pve.control("POST", "/faults", fault);
  expect((await pve.call("GET", CONFIG)).status).toBe(200);
  expect(await pve.put(100, { name: "x" })).toMatchObject({
    status: 500,
    reason: text,
    message: `${text}\n`,
  });
  expect((await pve.put(100, { name: "x" })).status).toBe(500);
  expect((await pve.put(100, { name: "x" })).status).toBe(200);
});

test("a fault without a count lasts until it is removed", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/faults", {
    path: "/**",
    action: "fail",
    status: 596,
    message: "Connection timed out",
  });
  expect((await pve.call("GET", "/version")).status).toBe(596);
  expect((await pve.call("GET", CONFIG)).reason).toBe("Connection timed out");
  await pve.control("DELETE", "/faults");
  expect((await pve.call("GET", "/version")).status).toBe(200);
});

test("a dropped connection loses the request before the work, or the answer after it", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/faults", { method: "PUT", path: CONFIG, action: "drop-before", times: 1 });
  await expect(pve.put(100, { name: "before" })).rejects.toThrow();
  expect((await pve.vm(100)).config.name).toBe("vm100");
  await pve.control("POST", "/faults", { method: "PUT", path: CONFIG, action: "drop-after", times: 1 });
  await expect(pve.put(100, { name: "after" })).rejects.toThrow();
  expect((await pve.vm(100)).config.name).toBe("after");
  expect(await pve.control("GET", "/requests")).toMatchObject([{ status: 0 }, { status: 0 }]);
});

test("a lock fault and a delay are visible to the client", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/faults", { path: CONFIG, action: "lock", message: "migrate", times: 1 });
  expect((await pve.put(100, { name: "x" })).message).toBe("VM is locked (migrate)\n");
  await pve.control("POST", "/faults", { path: CONFIG, action: "delay", milliseconds: 50, times: 1 });
  const before = performance.now();
  await pve.put(100, { name: "x" });
  expect(performance.now() - before).toBeGreaterThanOrEqual(49);
});

test("the clock can be set and moved", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.control("POST", "/clock", { now: "2027-05-05T00:00:00Z" })).toMatchObject({
    now: expect.stringMatching(/^2027-05-05T00:00:00/),
  });
  expect(await pve.control("POST", "/clock", { advanceSeconds: 3600 })).toMatchObject({
    now: expect.stringMatching(/^2027-05-05T01:00:0/),
  });
});

test("a control call that cannot be right says what is wrong", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.control("GET", "/vms/555")).toEqual({ error: "vmid: no such VM (got 555)" });
  expect(await pve.control("POST", "/vms/100/stall", { slot: "scsi9", on: true })).toEqual({
    error: "slot: no running drive (got scsi9)",
  });
  expect(await pve.control("POST", "/vms/100/agent", { mode: "asleep" })).toHaveProperty("error");
  expect(await pve.control("POST", "/vms/100/attach", { slot: "scsi40", volume: "local-lvm:x" })).toEqual({
    error: "slot: no such slot (got scsi40)",
  });
});

test("a seed with mistakes is refused with all of them", async () => {
  const seed = { ...SMALL_SEED, nodes: [], vms: [{ vmid: 5, config: {}, nope: 1 }] };
  await expect(startPve(seed)).rejects.toThrow(/emulator seed: .*nodes.*vms\[0\]/s);
});

test("with a latency an answer comes later; what it says was done at once, and others go on meanwhile", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/latency", { milliseconds: 300 });
  const started = performance.now();
  const order: string[] = [];
  const slow = pve.put(100, { name: "later" }).then(() => order.push("answer"));
  while ((await pve.vm(100)).config.name !== "later") await new Promise(setImmediate);
  order.push("effect");
  await Promise.all([slow, pve.config(100)]);
  expect(order).toEqual(["effect", "answer"]);
  // Timers count whole milliseconds.
  expect(performance.now() - started).toBeGreaterThanOrEqual(299);
  expect(await pve.control("POST", "/latency", { milliseconds: -1 })).toHaveProperty("error");
});
