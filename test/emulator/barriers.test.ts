import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const CONFIG = "/nodes/pve/qemu/100/config";
const writes = { method: "PUT", path: "/nodes/*/qemu/*/config" };

test("a held request takes effect only when it is released, after what was done meanwhile", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/barriers", writes);
  const digest = String((await pve.config(100)).digest);
  const put = pve.put(100, { name: "held", digest });
  expect(await pve.control("GET", "/barriers?held=1")).toEqual([{ id: 1, method: "PUT", path: CONFIG }]);
  expect((await pve.vm(100)).config.name).toBe("vm100");
  await pve.control("POST", "/vms/100/edit", { description: "meanwhile" });
  expect(await pve.control("POST", "/barriers/release", { id: 1 })).toEqual({ released: 1 });
  expect(await put).toMatchObject({ status: 500, reason: "checksum mismatch (file change by other user?)" });
  expect(await pve.control("GET", "/barriers")).toEqual([]);
});

test("other methods and paths pass a barrier, and so does everything after its last time", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/barriers", { ...writes, times: 1 });
  expect((await pve.call("GET", CONFIG)).status).toBe(200);
  const first = pve.put(100, { name: "first" });
  await pve.control("GET", "/barriers?held=1");
  await pve.set(100, { name: "second" });
  expect(await pve.control("POST", "/barriers/release")).toEqual({ released: 1 });
  expect((await first).status).toBe(200);
  expect((await pve.vm(100)).config.name).toBe("first");
});

test("released requests go on while the barrier holds the next ones", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/barriers", writes);
  const first = pve.put(100, { name: "first" });
  await pve.control("GET", "/barriers?held=1");
  const second = pve.put(101, { name: "second" });
  expect(await pve.control("GET", "/barriers?held=2")).toEqual([
    { id: 1, method: "PUT", path: CONFIG },
    { id: 2, method: "PUT", path: "/nodes/pve/qemu/101/config" },
  ]);
  await pve.control("POST", "/barriers/release", { id: 2 });
  expect((await second).status).toBe(200);
  expect(await pve.control("GET", "/barriers")).toEqual([{ id: 1, method: "PUT", path: CONFIG }]);
  await pve.control("DELETE", "/barriers");
  expect((await first).status).toBe(200);
});

test("who waits for held requests is told when the barriers are removed", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/barriers", writes);
  const waiting = pve.control("GET", "/barriers?held=1");
  await pve.control("DELETE", "/barriers");
  expect(await waiting).toEqual([]);
  expect(await pve.control("GET", "/barriers?held=1")).toEqual([]);
});

test("a barrier or a release that cannot be right says what is wrong", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.control("POST", "/barriers", { path: "nodes" })).toHaveProperty("error");
  expect(await pve.control("POST", "/barriers", { ...writes, times: 0 })).toHaveProperty("error");
  expect(await pve.control("POST", "/barriers/release", { id: 7 })).toEqual({
    error: "id: no request is held by this id (got 7)",
  });
});
