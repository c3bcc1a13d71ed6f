import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const CURRENT = "/nodes/pve/qemu/100/status/current";
const HOUR = "/nodes/pve/qemu/100/rrddata?timeframe=hour";

interface Current {
  readonly qmpstatus: string;
  readonly netout: number;
  readonly cpu: number;
  readonly "running-qemu"?: string;
  readonly blockstat?: Record<string, Record<string, number>>;
}

async function startedPve() {
  const pve = await startPve({ ...SMALL_SEED, time: "2026-06-11T10:00:00Z" });
  const current = async () => (await pve.call("GET", CURRENT)).data as Current;
  const load = (body: object) => pve.control("POST", "/vms/100/load", body);
  const later = (seconds: number) => pve.control("POST", "/clock", { advanceSeconds: seconds });
  return { pve, current, load, later };
}

test("a load holds from the moment that it is set, and counters add up what was before", async () => {
  const { current, load, later } = await startedPve();
  const before = await current();
  await load({ cpu: 0.5, netout: 7_000, diskwrite: 40_960 });
  await later(60);
  const after = await current();
  const writes = (one: Current) => one.blockstat?.scsi0?.wr_operations ?? Number.NaN;
  expect(after.cpu).toBe(0.5);
  expect(Math.abs(after.netout - before.netout - 60 * 7_000)).toBeLessThanOrEqual(31_000);
  expect(writes(after) - writes(before)).toBeGreaterThanOrEqual(60 * 10);
  expect(after.blockstat?.scsi0).toMatchObject({
    flush_operations: Math.trunc(writes(after) / 20),
    failed_flush_operations: 0,
    unmap_operations: 0,
  });
});

test("a load that is changed later leaves the rows of the time before as they were", async () => {
  const { pve, load, later } = await startedPve();
  await load({ cpu: 0.5, netout: 7_000 });
  await later(600);
  await load({ cpu: 0.1 });
  await later(600);
  const { data } = await pve.call("GET", HOUR);
  const rows = (data as { time: number; cpu: number; netout: number }[]).filter(
    ({ time }) => time > Date.parse("2026-06-11T10:02:00Z") / 1000,
  );
  expect(rows.slice(0, 7).map(({ cpu }) => cpu)).toEqual(Array.from({ length: 7 }, () => 0.5));
  expect(rows.slice(-7).map(({ cpu }) => cpu)).toEqual(Array.from({ length: 7 }, () => 0.1));
  expect(new Set(rows.map(({ netout }) => netout))).toEqual(new Set([7_000]));
});

test("QMP that does not answer leaves the status running, without statistics and versions", async () => {
  const { pve, current } = await startedPve();
  await pve.control("POST", "/vms/100/qmp", { status: "silent" });
  const silent = await current();
  expect(silent.qmpstatus).toBe("running");
  expect(silent).not.toHaveProperty("blockstat");
  expect(silent).not.toHaveProperty("running-qemu");
  await pve.control("POST", "/vms/100/qmp", { status: "io-error" });
  expect((await current()).qmpstatus).toBe("io-error");
});
