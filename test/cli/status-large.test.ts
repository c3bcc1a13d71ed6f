import { afterEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { stackOf } from "../e2e/fleet-file.ts";
import { fleet, readOnly } from "./fleet-run.ts";
import { folderWithStack } from "./stacks.ts";

/** VMs that all run and are as declared. */
function estate(count: number): { seed: Seed; stack: string } {
  const vmids = Array.from({ length: count }, (_, index) => 1000 + index);
  const seed: Seed = {
    nodes: [{ name: "pve", cores: 64, memoryGiB: 384, bridges: ["vmbr0"] }],
    storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 20_000 }],
    vms: vmids.map((vmid) => ({
      vmid,
      running: true,
      config: {
        name: `vm${vmid}`,
        scsihw: "virtio-scsi-single",
        scsi0: `local-lvm:vm-${vmid}-disk-0,iothread=1,mbps_rd=60,mbps_wr=60,size=8G`,
      },
    })),
  };
  // One text of the drives for all, as an anchor of YAML.
  const drives = { scsi0: { iothread: true, caps: { readMiBps: 60, writeMiBps: 60 } } };
  return { seed, stack: stackOf(Object.fromEntries(vmids.map((vmid) => [`vm${vmid}`, { vmid, drives }]))) };
}

let emulator: Emulator;
afterEach(() => emulator.close());

/**
 * Lets requests go only when as many as may be are held, up to the last VMs, when fewer are left to ask; the
 * greatest number that was held at once.
 */
async function greatestHeld(controlUrl: string, most: number, requests: number): Promise<number> {
  const call = async (path: string, method = "GET") =>
    (await fetch(`${controlUrl}${path}`, { method })).json();
  let greatest = 0;
  for (let released = 0; released < requests - 4 * most; ) {
    const held = (await call(`/barriers?held=${most}`)) as unknown[];
    if (held.length === 0) break;
    greatest = Math.max(greatest, held.length);
    released += ((await call("/barriers/release", "POST")) as { released: number }).released;
  }
  await call("/barriers", "DELETE");
  return greatest;
}

test.each([
  [1000, 8, []],
  [51, 3, ["--concurrency", "3"]],
] as const)(
  "of %i VMs never more than %i requests are under way, and no more are sent than needed",
  async (count, most, argv) => {
    const { seed, stack } = estate(count);
    emulator = await startEmulator({ seed });
    const control = new Control(emulator.controlUrl);
    await control.hold("GET", "/nodes/**");
    const run = fleet(["status", ...argv], { env: readOnly(emulator), cwd: folderWithStack(stack) });
    // Without a run nothing would come that could be held.
    void run.finally(() => control.endHolds());
    expect(await greatestHeld(emulator.controlUrl, most, 2 * count)).toBe(most);

    const { code, stdout, stderr } = await run;
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${count} of ${count} VMs in sync`);
    const hundreds = Array.from({ length: Math.floor(count / 100) }, (_, index) => (index + 1) * 100);
    expect(stderr.trimEnd().split("\n")).toEqual([
      `fleet status: reads ${count} VMs from ${emulator.endpoint}`,
      ...hundreds.map((read) => `fleet status: ${read} of ${count} VMs read`),
    ]);
    const requests = await control.requests();
    expect(requests).toHaveLength(1 + 2 * count);
    expect(new Set(requests.map(({ method, status }) => `${method} ${status}`))).toEqual(
      new Set(["GET 200"]),
    );
  },
);
