import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sample } from "../../incident/stalls/counter-looks.ts";
import { usualRule } from "../../incident/stalls/stall-rule.ts";
import { monitored, newMonitor, type VmMonitor, verdictNow } from "../../incident/stalls/vm-monitor.ts";
import { readStatistics } from "../../proxmox/api/vm-statistics.ts";
import { missingPrograms } from "./installed.ts";
import { WedgedQemu } from "./wedged-qemu.ts";

const missing = missingPrograms("qemu-system-x86_64");

/** Seconds in place of minutes, and the one signal that a guest without network and agent has. */
const rule = {
  ...usualRule,
  baseline: 20,
  known: 4,
  pause: 2,
  standstill: 4,
  smoothing: 2,
  boot: 0,
  votes: 1,
};

/**
 * What this does not prove: there is no Proxmox around this QEMU and no KVM in it; its throttle is wedged on purpose,
 * and the guest is a boot sector. The statistics and the standstill are real, and so is the CPU that climbs.
 */
describe.skipIf(missing !== "")(`on the statistics of a real QEMU${missing}`, () => {
  let guest: WedgedQemu;
  beforeEach(async () => {
    guest = await WedgedQemu.start();
  });
  afterEach(() => guest.close());

  /** Looks again and again. */
  function watching() {
    let monitor: VmMonitor | undefined;
    let last: { sample: Sample; ticks: number } | undefined;
    return async () => {
      const answer = await guest.current();
      const at = Date.now();
      const { ticks } = answer;
      const cpu = last && (ticks - last.ticks) / ((at - last.sample.at) / 10);
      const client = { get: async () => ({ ...answer, cpu }) };
      const sample = { ...(await readStatistics(client, "pve", 102)), at };
      monitor = monitor === undefined ? newMonitor(sample, [], rule) : monitored(monitor, sample, rule);
      last = { sample, ticks };
      const seconds =
        (monitor.watch.drives.scsi0?.past ?? []).reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
      return { sample, seconds, drive: verdictNow(monitor, sample, rule).drives[0] };
    };
  }

  test("a drive that crawls behind a cap is not called, and one that completes nothing any more is", {
    timeout: 180_000,
  }, async () => {
    const look = watching();
    const watchedFor = async () => (await look()).seconds;
    await expect.poll(watchedFor, { timeout: 60_000, interval: 500 }).toBeGreaterThan(8);

    // Two writes a second, of the eighteen that the guest would do.
    await guest.limit(2 * 32 * 1024);
    const start = await watchedFor();
    await expect.poll(watchedFor, { timeout: 60_000, interval: 1000 }).toBeGreaterThan(start + 6);
    expect((await look()).drive?.state).not.toBe("stalled");

    await guest.limit(0);
    const free = await watchedFor();
    await expect.poll(watchedFor, { timeout: 60_000, interval: 500 }).toBeGreaterThan(free + 12);
    // The write that is under way takes half a minute, whatever the limit is afterwards.
    await guest.limit(1024);
    const state = async () => (await look()).drive?.state;
    await expect.poll(state, { timeout: 60_000, interval: 500 }).toBe("stalled");
    const { sample, drive } = await look();
    expect(sample.qmpstatus).toBe("running");
    expect(drive).toMatchObject({ slot: "scsi0", votes: [{ signal: "cpu" }] });

    await guest.limit(0);
    await expect.poll(state, { timeout: 60_000, interval: 500 }).toBe("moving");
  });
});
