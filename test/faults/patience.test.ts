import { afterEach, beforeEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Emulator } from "../../emulator/start.ts";
import { startEmulator } from "../../emulator/start.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";
import { estateOf, firstVmid } from "./estate.ts";

let emulator: Emulator;
let control: Control;
let client: ProxmoxClient;
let api: VmApi;
let pauses: number[];
/** A clock that only pauses move. */
let clock: number;

beforeEach(async () => {
  emulator = await startEmulator({ seed: estateOf(1) });
  control = new Control(emulator.controlUrl);
  pauses = [];
  clock = 0;
  client = new ProxmoxClient(connectionOf(emulator), {
    ...usualPatience,
    now: () => clock,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      clock += milliseconds;
    },
  });
  api = new VmApi(client);
});
afterEach(async () => {
  client.close();
  await emulator.close();
});

const path = `/nodes/pve/qemu/${firstVmid}/pending`;

test("a read that Proxmox's proxy cannot pass on is asked again after 0.5, 1 and 2 s, then it is an error", async () => {
  await control.fault({ path, action: "fail", status: 596, message: "Broken pipe" });
  await expect(api.pending("pve", firstVmid)).rejects.toThrow(
    `GET ${path}: Proxmox answers 596: Broken pipe`,
  );
  expect(pauses).toEqual([500, 1_000, 2_000]);
  expect((await control.requests()).map(({ status }) => status)).toEqual([596, 596, 596, 596]);
});

test("a read that fails once costs one pause", async () => {
  await control.fault({ path, action: "drop-before", times: 1 });
  expect((await api.pending("pve", firstVmid)).length).toBeGreaterThan(5);
  expect(pauses).toEqual([500]);
});

test.each([401, 403, 500])("a read that is answered with %d is an error at once", async (status) => {
  await control.fault({ path, action: "fail", status, message: "no" });
  await expect(api.pending("pve", firstVmid)).rejects.toThrow(String(status));
  expect(pauses).toEqual([]);
});

test("a write is sent once, whatever becomes of it", async () => {
  await control.fault({ method: "PUT", path: "/**", action: "drop-after" });
  await expect(api.setConfig("pve", firstVmid, { cores: "8" }, "")).rejects.toThrow("no answer to PUT");
  expect(await control.requests()).toHaveLength(1);
  expect(pauses).toEqual([]);
});

test("a task that does not end is given up after ten minutes, and goes on in Proxmox", async () => {
  await control.fault({ method: "PUT", path: "/**", action: "task-delay", milliseconds: 3_600_000 });
  const rows = await api.pending("pve", firstVmid);
  const digest = String(rows.find(({ key }) => key === "digest")?.value);
  await expect(api.resize("pve", firstVmid, "scsi0", "40G", digest)).rejects.toThrow(
    /^task UPID:pve:.*: still running after 600 s; it goes on in Proxmox/,
  );
  expect(clock).toBeGreaterThanOrEqual(600_000);
  expect(clock).toBeLessThan(602_000);
});
