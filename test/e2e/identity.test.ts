import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import type { Seed } from "../../emulator/seed.ts";
import { startEmulator } from "../../emulator/start.ts";
import { rewriteStack, stackOf } from "./fleet-file.ts";

/** A number that another VM has by now, whose it was when the state was written. */

const up = ["up", "--yes", "--skip-preview"];
const capped = (vmid: number, writeMiBps: number) => ({
  vmid,
  drives: { scsi0: { caps: { writeMiBps } } },
});
const spare = {
  vmid: 150,
  create: { blank: { datastore: "local-lvm" }, protect: false },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  drives: { scsi0: { sizeGiB: 8 } },
};

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await Sandbox.open({
    stackFile: stackOf({ node2: capped(202, 120), node3: capped(203, 120), spare }),
  });
  const first = await sandbox.pulumi(up);
  expect(first.code, first.output).toBe(0);
});
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

/** The VM is destroyed, and somebody else's comes under its number. */
async function replaced(vmid: number): Promise<unknown> {
  await sandbox.request("POST", `/nodes/pve/qemu/${vmid}/status/stop`);
  await expect.poll(async () => (await sandbox.control.vm(vmid)).status).toBe("stopped");
  const path = `/nodes/pve/qemu/${vmid}`;
  await sandbox.request("DELETE", path);
  const made = `/nodes/pve/qemu?vmid=${vmid}&name=theirs&start=1&scsi0=${encodeURIComponent("local-lvm:10,mbps_wr=7")}`;
  await expect.poll(() => sandbox.request("POST", made).catch(() => undefined)).toBeDefined();
  await expect.poll(async () => (await sandbox.control.vm(vmid)).status).toBe("running");
  await sandbox.control.forget();
  return sandbox.control.vm(vmid);
}

test("a stranger under the number of an adopted VM is refused by preview, check and up, and stays as it is; the other VMs are changed where the engine is to go on", async () => {
  const theirs = await replaced(202);
  rewriteStack(sandbox, { node2: capped(202, 130), node3: capped(203, 130), spare });
  for (const args of [
    ["preview"],
    ["preview", "--refresh", "--expect-no-changes"],
    up,
    // Without this word the engine begins nothing new once one resource has failed.
    [...up, "--refresh", "--continue-on-error"],
  ]) {
    const { code, output } = await sandbox.pulumi(args);
    expect(code, output).not.toBe(0);
    expect(output).toMatch(
      /VM 202: is another VM than the one that was configured under this number \(got theirs on pve, uuid \S+; known is uuid 6c52abf1-a663-435d-9b0a-a8f9c01c1ede\); nothing of it is touched/,
    );
    expect(await sandbox.control.vm(202)).toEqual(theirs);
  }
  expect((await sandbox.control.vm(203)).config.scsi0).toContain("mbps_wr=130");
  expect((await sandbox.control.writes()).map(({ path }) => path)).toEqual(["/nodes/pve/qemu/203/config"]);

  // The way out that the message names: the entry out for one up, and in again.
  rewriteStack(sandbox, { node3: capped(203, 130), spare });
  const out = await sandbox.pulumi(up);
  expect(out.code, out.output).toBe(0);
  expect(await sandbox.control.vm(202)).toEqual(theirs);
  rewriteStack(sandbox, { node2: capped(202, 130), node3: capped(203, 130), spare });
  const taken = await sandbox.pulumi(up);
  expect(taken.code, taken.output).toBe(0);
  expect((await sandbox.control.vm(202)).config.scsi0).toContain("mbps_wr=130");
});

test("pointed at another cluster nothing is written to that one's VMs", async () => {
  const incident = readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8");
  const seed = JSON.parse(incident) as Seed & { vms: { config: Record<string, string> }[] };
  for (const [index, { config }] of seed.vms.entries()) {
    config.smbios1 = `uuid=00000000-0000-0000-0000-${String(index).padStart(12, "0")}`;
  }
  const other = await startEmulator({ seed });
  const control = new Control(other.controlUrl);
  rewriteStack(sandbox, { node2: capped(202, 130), node3: capped(203, 130), spare });
  const run = await sandbox.pulumi(up, {
    PROXMOX_VE_ENDPOINT: other.endpoint,
    PROXMOX_VE_API_TOKEN: other.apiToken,
    SSL_CERT_FILE: other.caFile,
  });
  const writes = await control.writes();
  await other.close();
  expect(run.code, run.output).not.toBe(0);
  expect(run.output).toContain("VM 202: is another VM than the one that was configured under this number");
  expect(writes.filter(({ path }) => !path.includes("/150"))).toEqual([]);
});

test("a stranger under the number of a created VM is not destroyed when the entry is taken out, nor with the stack: preview and up are red", async () => {
  const theirs = await replaced(150);
  rewriteStack(sandbox, { node2: capped(202, 120), node3: capped(203, 120) });
  for (const args of [["preview"], up, ["destroy", "--yes", "--skip-preview"]]) {
    const run = await sandbox.pulumi(args);
    expect(run.code, run.output).not.toBe(0);
    expect(run.output).toContain("VM 150: is another VM than the one that was configured under this number");
  }
  expect(await sandbox.control.writes()).toEqual([]);
  expect(await sandbox.control.vm(150)).toEqual(theirs);
});
