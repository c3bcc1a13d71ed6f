import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

test.each([
  ["/", "subdir", "nodes"],
  ["/access", "subdir", "ticket"],
  ["/cluster", "name", "nextid"],
  ["/nodes/pve", "name", "lxc"],
  ["/nodes/pve/qemu/101", "subdir", "snapshot"],
  ["/nodes/pve/qemu/101/status", "subdir", "suspend"],
  ["/nodes/pve/qemu/101/snapshot/before", "cmd", "rollback"],
  ["/nodes/pve/qemu/101/agent", "name", "get-osinfo"],
  ["/nodes/pve/storage/local", "subdir", "download-url"],
])("GET %s lists what lies below it, each as a %s, %s among them", async (path, key, value) => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.list(path)).toContainEqual({ [key]: value });
  expect(await pve.control("GET", "/unknown")).toEqual([]);
});

test("the index of a task has its log and its status", async () => {
  const pve = await startPve(SMALL_SEED);
  const upid = (await pve.call("POST", "/nodes/pve/qemu/101/status/start")).data;
  expect(await pve.get(`/nodes/pve/tasks/${encodeURIComponent(String(upid))}`)).toEqual([
    { name: "log" },
    { name: "status" },
  ]);
});

test("the status of a VM that does not exist has no index", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("GET", "/nodes/pve/qemu/999/status")).status).toBe(500);
});
